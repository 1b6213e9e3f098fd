#!/usr/bin/env bash
# Runs a command on a pure cgroup-v2 kernel: Debian's own, in a QEMU machine, on this machine's root (read-only, over 9p)
# with tmpfs on /run, /tmp and /var/tmp. Emulated (PODCTL_VM_ACCEL=kvm where that works), so about ten times slower than the machine.
#
#   vm.sh OUT_DIR KEEP[:KEEP…] 'command'
#
# OUT_DIR  a directory that is writable at /run/out in the machine; `exit` is left in it, holding the command's exit code,
#          and `console`, holding what the machine printed
# KEEP     directories that the command needs although they may lie under one of those tmpfs (the repository, node)
# In the machine: PODCTL_TEST_DISK is an empty disk of 1 GiB to write on (virtio, scheduler bfq, 20 MiB/s: slow
# enough to be shared out), PSI is on, eight huge pages of 2 MiB
# are set aside, /dev/zram0 waits to become swap.
# Needs (Debian): apt-get install qemu-system-x86 busybox-static cpio kmod
set -eu
out=$(realpath "$1") keep=$2 command=$3
dir=${PODCTL_VM_DIR:-/var/tmp/podctl-test-vm}

# The first call downloads and unpacks the kernel package, about 70 MB.
unpack_kernel() {
  local package version
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/{print $2; exit}')
  [ -n "$package" ] || { echo "vm.sh: apt knows no linux-image-amd64 (apt-get update?)" >&2; return 1; }
  version=${package#linux-image-}
  rm -rf "$dir/kernel" && mkdir -p "$dir/kernel"
  (cd "$dir" && rm -f linux-image-*.deb && apt-get download "$package" >/dev/null 2>"$dir/apt.log") || {
    cat "$dir/apt.log" >&2; return 1; }
  dpkg -x "$dir/$package"_*.deb "$dir/kernel" && rm -f "$dir"/linux-image-*.deb
  depmod -b "$dir/kernel" "$version"
  echo "$version" >"$dir/ready"
}

make_initramfs() {
  local version ir=$1 module
  version=$(cat "$dir/ready")
  mkdir -p "$ir/bin" "$ir/mod" "$ir/proc" "$ir/sys" "$ir/host" "$ir/newroot"
  cp "$(command -v busybox)" "$ir/bin/"
  for module in virtio_pci 9pnet_virtio 9p virtio_blk bfq overlay fuse loop tun zram veth dummy bridge nf_tables nft_chain_nat nft_nat nft_masq nft_ct nft_numgen nft_fib_inet nft_reject_inet nft_limit nf_conntrack_netlink sch_tbf sch_ingress act_police cls_matchall; do
    modprobe -d "$dir/kernel" -S "$version" --show-depends "$module" 2>/dev/null | awk '/^insmod/{print $2}'
  done | awk '!seen[$0]++' | while read -r module; do
    cp "$module" "$ir/mod/" && basename "$module" >>"$ir/mod/order"
  done
  printf '%s\n' "$keep" | tr : '\n' >"$ir/keep"
  printf '%s\n' "$command" >"$ir/command"
  cat >"$ir/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys
for m in $($b cat /mod/order); do $b insmod /mod/$m 2>/dev/null; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,ro,cache=loose host /host
$b mount --bind /host /newroot
for t in run tmp var/tmp; do $b mount -t tmpfs -o mode=1777 tmp /newroot/$t; done
while read -r k; do
  $b mkdir -p /newroot$k && $b mount --bind /host$k /newroot$k
done </keep
$b mkdir -p /newroot/run/out /newroot/run/home
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,cache=none out /newroot/run/out
$b mount -t proc proc /newroot/proc; $b mount -t sysfs sys /newroot/sys; $b mount -t devtmpfs dev /newroot/dev
$b mkdir -p /newroot/dev/pts /newroot/dev/shm
$b mount -t devpts -o ptmxmode=666 pts /newroot/dev/pts; $b mount -t tmpfs shm /newroot/dev/shm
$b mount -t cgroup2 cgroup /newroot/sys/fs/cgroup
$b ip link set lo up
echo bfq >/sys/block/vda/queue/scheduler
$b cp /command /newroot/run/command
$b cat >/newroot/run/main <<'MAIN'
export PODCTL_TEST_DISK=/dev/vda HOME=/run/home TMPDIR=/tmp PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
sh /run/command
echo $? >/run/out/exit
sync
echo o >/proc/sysrq-trigger
sleep 60
MAIN
exec $b switch_root /newroot /bin/sh /run/main
INIT
  chmod +x "$ir/init"
}

mkdir -p "$dir"
[ -e "$dir/ready" ] || unpack_kernel
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
make_initramfs "$work/ir"
(cd "$work/ir" && find . | cpio -o -H newc 2>/dev/null | gzip -1 >"$work/initrd.gz")

machine=
trap '[ -z "$machine" ] || kill "$machine"' TERM INT HUP

# Without transparent huge pages: khugepaged and the emulated processors' TLB flushes have been seen to wait for each other.
boot() {
  rm -f "$out/exit" "$work/disk" && truncate -s 1G "$work/disk"
  timeout --foreground "${PODCTL_VM_TIMEOUT:-900}" qemu-system-x86_64 -M q35 -accel "${PODCTL_VM_ACCEL:-tcg}" -cpu max -smp 2 -m "${PODCTL_VM_MEMORY:-3G}" \
    -nographic -no-reboot -kernel "$dir"/kernel/boot/vmlinuz-* -initrd "$work/initrd.gz" \
    -append 'console=ttyS0 quiet panic=-1 transparent_hugepage=never psi=1 hugepages=8' \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev "local,id=out,path=$out,security_model=none" -device virtio-9p-pci,fsdev=out,mount_tag=out \
    -drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe,throttling.bps-total=20971520" -device virtio-blk-pci,drive=disk \
    >"$out/console" 2>&1 </dev/null &
  machine=$!
  while kill -0 "$machine" 2>/dev/null; do
    # its kernel says that a processor has stood still for more than a minute and a half: nothing more will come
    ! grep -qE 'soft lockup - CPU#[0-9]+ stuck for ([0-9]{3,}|9[0-9])s' "$out/console" || kill "$machine"
    sleep 1
  done
  wait "$machine" || true
  machine=
  [ -s "$out/exit" ]
}

if ! boot; then
  # only an emulator that hung is worth another try
  ! grep -q 'soft lockup' "$out/console" || boot || true
fi
[ -s "$out/exit" ] || { echo "vm.sh: the machine ended without a result; its last words:" >&2; tail -n 40 "$out/console" >&2; exit 125; }
exit "$(cat "$out/exit")"
