/** `set image`: other images of containers, in the pod template as podd keeps it. */

import { type EditOptions, editObjects, parseEditTargets } from './edit-objects.ts';
import type { Io } from './io.ts';
import type { Fields } from './loose-values.ts';
import { changeContainers, changePodSpec, checkHasPods } from './pod-template.ts';
import { UsageError } from './usage-error.ts';

const form = 'podctl set image deployment/web app=registry/app:2';

type Image = readonly [container: string, image: string];

/** `words`: objects, then CONTAINER=IMAGE for each; `*` stands for all containers. */
export async function setImages(words: readonly string[], flags: EditOptions, io: Io): Promise<number> {
  const images = words.filter((word) => word.includes('=')).map(parseImage);
  const targets = parseEditTargets(
    words.filter((word) => !word.includes('=')),
    form,
  );
  if (images.length === 0) throw new UsageError('which image?', form);
  checkHasPods(targets, form);
  return await editObjects(
    targets,
    (object, { kind }) => ({
      object: changePodSpec(object, kind, (spec) => images.reduce(withImage, spec)),
      done: 'image updated',
    }),
    flags,
    io,
  );
}

const withImage = (spec: Fields, [name, image]: Image): Fields =>
  changeContainers(
    spec,
    name,
    (one) => name === '*' || one === name,
    (container) => ({ ...container, image }),
  );

function parseImage(word: string): Image {
  const [, name = '', image = ''] = /^([^=]*)=(.*)$/.exec(word) ?? [];
  if (name === '' || image === '') throw new UsageError(`"${word}" is not CONTAINER=IMAGE`, form);
  return [name, image];
}
