#!/usr/bin/env bash
# Gives the active Rust toolchain the wasm32-unknown-unknown target where rustup's own server cannot be reached: builds the
# target's std once (about half a minute) from the distribution's rust-src package of the same version, and lays it into the
# sysroot, after which cargo, trunk and wasm-bindgen-test work as after `rustup target add`. Called by `cargo xtask setup`.
set -euo pipefail

target=wasm32-unknown-unknown
sysroot=$(rustc --print sysroot)
libdir=$sysroot/lib/rustlib/$target/lib
compgen -G "$libdir/libstd-*.rlib" >/dev/null && { echo "$target: present"; exit 0; }

version=$(rustc --version | cut -d' ' -f2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. The library's source: an archive named by RUST_SRC_ARCHIVE, else the rust-src package of any suite that has this version.
src=$sysroot/lib/rustlib/src/rust
if [[ ! -d $src/library ]]; then
  if [[ -n ${RUST_SRC_ARCHIVE:-} ]]; then
    mkdir -p "$src" && tar xf "$RUST_SRC_ARCHIVE" -C "$src"
  else
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n1)
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
    for suite in bookworm-backports trixie trixie-backports forky sid; do
      echo "deb [signed-by=$keyring] $mirror $suite main"
    done >"$work/sources.list"
    apt_options=(-oDir::Etc::sourcelist="$work/sources.list" -oDir::Etc::sourceparts=/nonexistent
      -oDir::State::Lists="$work/lists" -oDir::Cache="$work/cache" -oAcquire::Languages=none)
    apt-get "${apt_options[@]}" update -qq 2>/dev/null
    package=$(apt-cache "${apt_options[@]}" madison rust-src | awk '{print $3}' | grep -m1 "^$version+") || {
      echo "no rust-src $version in the distribution's suites: set RUST_SRC_ARCHIVE" >&2; exit 1; }
    (cd "$work" && apt-get "${apt_options[@]}" download -qq "rust-src=$package" 2>/dev/null && dpkg -x rust-src_*.deb unpacked)
    mkdir -p "$src" && cp -r "$work"/unpacked/usr/src/rustc-"$version"/library "$src"/
  fi
fi

# 2. std, with bitcode (release profiles with lto need it), into the sysroot.
mkdir -p "$work/std/src" && echo '#![no_std]' >"$work/std/src/lib.rs"
printf '[package]\nname = "wasm-std"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/std/Cargo.toml"
(cd "$work/std" && RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zforce-unstable-if-unmarked -Cembed-bitcode=yes' CARGO_TARGET_DIR="$work/target" \
  cargo build --quiet --release -Zbuild-std=std,panic_abort,test,proc_macro --target "$target")
mkdir -p "$libdir"
rm -f "$work"/target/"$target"/release/deps/libwasm_std-*
cp "$work"/target/"$target"/release/deps/lib*.rlib "$libdir"/
echo "$target: built from rust-src $version into $libdir"
