// SPDX-License-Identifier: Apache-2.0
// A small library for the fuzz target `elf` to start from: names defined and needed, a version, a section for a MAC.
__attribute__((section(".rodata1"), used)) static const unsigned char mac[32] = {1};
extern int needed(int);
int OSSL_provider_init(int value) {
  return needed(value) + mac[0];
}
