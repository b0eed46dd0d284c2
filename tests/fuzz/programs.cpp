// SPDX-License-Identifier: Apache-2.0
// Programs and libraries of an image, told by what is in them. The measure of the one pass is a search for each text.
#include <algorithm>
#include <string>

#include "elf/file.h"
#include "image/inspection/file_cryptography.h"
#include "image/inspection/file_marks.h"
#include "image/inspection/runtime_programs.h"
#include "image/inspection/text_search.h"
#include "target.h"
#include "verify/apart.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto bytes = std::as_bytes(std::span(text));
  const image::FileMarks marks = image::find_marks(bytes);
  const auto demand_mark = [&](image::Mark mark, std::string_view part) {
    fuzz::demand(marks.has(mark) == (text.find(part) != std::string_view::npos), "a text is found where it is");
  };
  demand_mark(image::Mark::boringssl, "OPENSSL_internal");
  demand_mark(image::Mark::busybox, "BusyBox v1");
  demand_mark(image::Mark::go, "\xff Go buildinf:");
  demand_mark(image::Mark::git, " appears to be part of a collision attack");
  fuzz::demand(image::has_c_string(bytes, "BusyBox v1") ==
                   (text.find(std::string_view("\0BusyBox v1\0", 12)) != std::string_view::npos),
               "a C string is found where it is");
  for (const std::string_view run : image::strings_with(bytes, "GNU C Library"))
    fuzz::demand(run.size() <= 2 * 256 + 13 && run.data() >= text.data() &&
                     run.data() + run.size() <= text.data() + size &&
                     std::ranges::all_of(run, [](char c) { return c >= ' ' && c <= '~'; }),
                 "a run is short, printable and part of the file");
  if (const auto version = image::core_version_in(bytes))
    fuzz::demand(version->size() < 64 && text.find(*version) != std::string_view::npos, "a version is in the file");

  if (const auto found = image::cryptography_in("/x", bytes))
    fuzz::demand((found->libcrypto || found->runtime) && !found->random_source.empty() &&
                     found->random_source.size() <= 200,
                 "what is found is something, and it is said what it draws from");

  const auto file = elf::parse(bytes, "x", elf::Symbols::read);
  const auto program = image::recognise_runtime("/x", bytes, marks, file ? &*file : nullptr);
  if (program)
    fuzz::demand(program->detail.size() <= 400 &&
                     std::ranges::all_of(program->detail, [](char c) { return c >= ' ' && c <= '~'; }),
                 "what is told of a program is short and printable");
  // Two rooms tell programs that no loader starts, by code of their own. harden's reads the whole file and refuses what
  // is not in order.
  const auto head = bytes.first(std::min<std::size_t>(size, 4096));
  const bool is_static = (verify::program_tree_options().mark(head) & verify::k_static_mark) != 0;
  if (file && file->is_static_program && head.size() == size && file->architecture == "amd64")
    fuzz::demand(is_static, "verify names each static program that harden names");
  return 0;
}
