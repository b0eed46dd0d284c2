// SPDX-License-Identifier: Apache-2.0
// What comes out of containers and images, damaged at random: whatever it is, the parsers must come to an end within
// their bounds.
#include <fstream>
#include <random>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "elf/function_table.h"
#include "watch/listener.h"
#include "watch/stack.h"
#include "watch/users.h"

namespace kif::watch {
namespace {

// The same damage in every run: a failure can be repeated.
std::string damaged(std::string text, std::mt19937& random) {
  for (unsigned changes = 1 + random() % 8; changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at, 1 + random() % 16);
      break;
    case 2:
      text.insert(at, text.substr(random() % text.size(), 1 + random() % 32));
      break;
    default:
      text.resize(at);
    }
  }
  return text;
}

TEST(HostileTest, TextsOfProcAndOfTheRuntime) {
  std::mt19937 random(1);
  const std::string maps = read_file("/proc/self/maps", 1 << 24).value();
  const std::string passwd = read_file("/etc/passwd", 1 << 20).value();
  for (int i = 0; i < 2000; ++i) {
    for (const Mapping& mapping : parse_executable_mappings(damaged(maps.substr(0, 2000), random)))
      (void)locate({mapping}, mapping.begin);
    (void)parse_stack_pointer(damaged("318 0x1 0x30 0x0 0x0 0x0 0x0 0x7ffc2ab0 0x7f0012345678\n", random));
    (void)parse_container_process_state(damaged(R"({"ociVersion":"1.0.2","pid":42,"state":{"id":"x"}})", random));
    (void)resolve_user(damaged("root:daemon", random), damaged(passwd, random), damaged(passwd, random));
  }
}

TEST(HostileTest, ElfFiles) {
  std::mt19937 random(2);
  const TempDir folder = TempDir::create("kif-test-").value();
  const auto path = folder.path() / "file";
  std::string program = read_file("/proc/self/exe", 1 << 30).value();
  const std::size_t tables = 4096; // the header and the program headers; then the section headers at the end
  for (int i = 0; i < 200; ++i) {
    std::string file = program;
    for (int change = 0; change < 6; ++change) {
      const std::size_t at = random() % 2 == 0 ? random() % tables : file.size() - 1 - random() % tables;
      file[at] = static_cast<char>(random());
    }
    file[0] = 0x7f; // or nothing else would be read
    std::ofstream(path, std::ios::binary | std::ios::trunc) << file;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto table = elf::FunctionTable::read(elf::in_file(fd.get()), "file");
    if (table)
      (void)table->find(random());
  }
}

} // namespace
} // namespace kif::watch
