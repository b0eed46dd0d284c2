// SPDX-License-Identifier: Apache-2.0
// C++'s own way to randomness: std::random_device, by each of its sources. docs/runtimes.md says what the default one
// is.
#include <exception>
#include <fstream>
#include <random>
#include <string>

#include "random.h"
#include "record.h"

namespace {

std::string g_source;

bool by_random_device(unsigned char* bytes, std::size_t size) {
  try {
    std::random_device device(g_source);
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<unsigned char>(device());
    return true;
  } catch (const std::exception& error) {
    return fail("std::random_device(%s): %s", g_source.c_str(), error.what());
  }
}

bool random_device_gives_bytes() {
  for (const char* source : {"default", "getentropy", "arc4random", "/dev/urandom", "/dev/random"}) {
    g_source = source;
    if (!fresh(by_random_device, 32))
      return false;
  }
  return true;
}

bool by_stream(unsigned char* bytes, std::size_t size) {
  std::ifstream stream("/dev/urandom", std::ios::binary);
  stream.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(size));
  return stream.good() || fail("std::ifstream cannot read /dev/urandom");
}

bool stream_gives_bytes() {
  return fresh(by_stream, 64);
}

} // namespace

int main() {
  fact("version", "C++, libstdc++ of GCC %d", _GLIBCXX_RELEASE);
  step("random-device-class", random_device_gives_bytes);
  step("random-stream", stream_gives_bytes);
  random_calls();
  random_devices();
  random_processes();
  finish();
  return 0;
}
