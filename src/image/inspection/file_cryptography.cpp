// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/file_cryptography.h"

#include <algorithm>
#include <array>

#include "image/inspection/config_places.h"
#include "image/inspection/own_cryptography.h"
#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

constexpr std::array<std::string_view, 5> k_of_libc = {"getrandom", "getentropy", "arc4random", "arc4random_buf",
                                                       "arc4random_uniform"};
constexpr std::array<std::string_view, 4> k_of_libcrypto = {"RAND_bytes", "RAND_priv_bytes", "RAND_bytes_ex",
                                                            "RAND_priv_bytes_ex"};

std::string random_source(const FileCryptography& found, std::span<const std::byte> content, const elf::File* elf) {
  if (found.runtime && found.runtime->kind == RuntimeKind::go_program)
    return "getrandom, by its own system calls";
  if (elf == nullptr)
    return "not known";
  if (elf->is_static_program)
    return "getrandom or /dev/urandom, by its own system calls";
  std::string sources;
  const auto add = [&](std::string_view source) { sources += (sources.empty() ? "" : ", ") + std::string(source); };
  const auto imports_any = [&](const auto& names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return elf->imports(name); });
  };
  if (imports_any(k_of_libcrypto))
    add("RAND_bytes of libcrypto");
  if (imports_any(k_of_libc))
    add("getrandom of libc");
  if (elf->imports("syscall"))
    add("syscall of libc");
  const std::string_view text{reinterpret_cast<const char*>(content.data()), content.size()};
  if (find_bytes(text, "/dev/urandom", 0) != std::string_view::npos)
    add("/dev/urandom");
  return sources.empty() ? "none by its names" : sources;
}

} // namespace

std::optional<FileCryptography> cryptography_in(std::string_view path, std::span<const std::byte> content) {
  const FileMarks marks = find_marks(content);
  const std::string name(path);
  const auto read = [&](elf::Symbols symbols) {
    auto elf = elf::parse(content, name, symbols);
    return elf ? std::optional(*std::move(elf)) : std::nullopt;
  };
  // What is known by marks alone is named all the same: a loader may be more lenient than we are.
  auto elf = needs_symbols(marks) ? read(elf::Symbols::read) : std::nullopt;
  const bool has_symbols = elf.has_value();
  if (!elf)
    elf = read(elf::Symbols::skip);
  FileCryptography found;
  found.libcrypto = libcrypto_in(path.substr(path.rfind('/') + 1), content, marks, elf ? &*elf : nullptr);
  found.runtime = recognise_runtime(path, content, marks, elf ? &*elf : nullptr);
  if (!found.libcrypto && !found.runtime)
    return std::nullopt;
  if (found.libcrypto)
    found.openssl_folders = openssl_folders_in(content);
  if (elf && !has_symbols)
    if (auto with_symbols = read(elf::Symbols::read))
      elf = std::move(with_symbols);
  found.random_source = random_source(found, content, elf ? &*elf : nullptr);
  return found;
}

} // namespace kif::image
