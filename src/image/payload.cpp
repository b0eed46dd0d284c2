// SPDX-License-Identifier: Apache-2.0
#include "image/payload.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/jitterentropy.h"

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_file_bytes = 256ULL * 1024 * 1024;

// What src/entropy/ binds to; a library without one of them could not be used by the layer.
constexpr std::array<std::string_view, 5> k_jitter_functions = {"jent_version", "jent_entropy_init_ex",
                                                                "jent_entropy_collector_alloc", "jent_read_entropy",
                                                                "jent_entropy_collector_free"};

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// jitterentropy keeps its version only as the number that jent_version() returns. Loading a library in order to ask it
// would run code of a file that nobody has looked at yet, so the number is read out of the function: `mov $N,%eax` on
// amd64, `mov`/`movk w0` on arm64.
std::optional<std::uint32_t> returned_constant(std::span<const std::byte> code, std::string_view architecture) {
  if (architecture == "amd64") {
    constexpr std::byte k_mov_eax{0xb8};
    for (std::size_t i = 0; i + 5 < code.size() && i < 16; ++i)
      if (code[i] == k_mov_eax)
        return word_at(code, i + 1);
  }
  if (architecture == "arm64") {
    std::optional<std::uint32_t> value;
    for (std::size_t i = 0; i + 4 <= code.size() && i < 32; i += 4) {
      const std::uint32_t instruction = word_at(code, i);
      const std::uint32_t immediate = (instruction >> 5) & 0xffff;
      if ((instruction & 0xffe0001f) == 0x52800000) // movz w0, #imm
        value = immediate;
      else if ((instruction & 0xffe0001f) == 0x72a00000 && value) // movk w0, #imm, lsl #16
        value = (*value & 0xffff) | immediate << 16;
    }
    return value;
  }
  return std::nullopt;
}

} // namespace

std::string architecture_of_file(const std::filesystem::path& path) {
  std::array<char, elf::k_head_bytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return file ? elf::architecture_of(std::as_bytes(std::span(head))) : std::string();
}

Result<PayloadFile> read_program(const std::filesystem::path& path, const std::string& what) {
  const std::string context = "cannot use " + path.string() + " as " + what;
  auto content = read_file(path, k_max_file_bytes);
  if (!content)
    return fail(std::move(content).error());
  const auto bytes = std::as_bytes(std::span(*content));
  if (!elf::is_elf(bytes))
    return fail(ErrorCode::unsupported, context + ": not an ELF file");
  KIF_TRY(elf::File elf, elf::parse(bytes, path.string()));
  const Digest digest = Digest::of(bytes);
  return PayloadFile{path, *std::move(content), digest, std::move(elf), {}};
}

Result<PayloadFile> read_entropy_library(const std::filesystem::path& path, const jitterentropy::Settings& settings) {
  const std::string what = "the entropy library";
  KIF_TRY(PayloadFile file, read_program(path, what));
  KIF_TRY(const elf::File elf, elf::parse(std::as_bytes(std::span(file.content)), path.string(), elf::Symbols::read));
  const auto refuse = [&](const std::string& reason) {
    return fail(Error(ErrorCode::unsupported, "cannot use " + path.string() + " as " + what + ": " + reason)
                    .with_hint("name a libjitterentropy.so.3"));
  };
  for (const std::string_view name : k_jitter_functions)
    if (elf.exported(name) == nullptr)
      return refuse("it does not export " + std::string(name));
  if (const auto number = returned_constant(elf.exported("jent_version")->body, file.elf.architecture)) {
    file.version = jitterentropy::version_text(*number);
    if (!jitterentropy::is_known(*number))
      return refuse("it is jitterentropy " + file.version + "; this kif knows " +
                    std::string(jitterentropy::k_known_versions));
    KIF_CHECK(jitterentropy::flag_bits(settings, *number));
  }
  return file;
}

bool is_known_source(const PayloadFile& entropy_library) {
  return jitterentropy::is_shipped(entropy_library.digest.hex());
}

} // namespace kif::image
