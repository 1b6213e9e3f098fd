/** Stand-ins in the place of images, as a runtime would put the image's root and entrypoint there. Pure. */
import type { ImageMap, ImageStandIn } from '../model/image-map.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];

/** The spec whose containers are on this machine where the map has their image; what it does not have is left as it is. */
export function mapImages(spec: Spec, images: ImageMap | undefined): Spec {
  if (images === undefined) return spec;
  const map = (container: ContainerInput): ContainerInput => standIn(container, images);
  return {
    ...spec,
    containers: spec.containers.map(map),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(map) }),
  };
}

function standIn(container: ContainerInput, images: ImageMap): ContainerInput {
  const found = container.rootfs === undefined ? findStandIn(container.image ?? '', images) : undefined;
  if (found === undefined) return container;
  const command = wordsOf(container, found);
  // Without an entrypoint there is nothing to start: it waits, as for an image that is not there.
  if (command.length === 0 && container.processes === undefined) return container;
  const { image: _, args: __, command: ___, ...rest } = container;
  const root = found.rootfs === undefined ? { image: 'host' } : { rootfs: { path: found.rootfs } };
  return { ...rest, ...root, ...(container.processes === undefined ? { command } : {}) };
}

function findStandIn(reference: string, images: ImageMap): ImageStandIn | undefined {
  const untagged = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return [reference, untagged].map((name) => (Object.hasOwn(images, name) ? images[name] : undefined)).find(Boolean);
}

/** As Kubernetes: a `command` takes the place of the entrypoint and of its arguments, `args` only that of the latter. */
function wordsOf({ command, args }: ContainerInput, image: ImageStandIn): string[] {
  if (command?.length) return [...command, ...(args ?? [])];
  return [...(image.command ?? []), ...(args?.length ? args : (image.args ?? []))];
}
