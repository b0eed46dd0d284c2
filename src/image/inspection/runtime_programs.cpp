// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/runtime_programs.h"

#include "image/inspection/go_build_info.h"
#include "image/inspection/own_cryptography.h"

namespace kif::image {

std::optional<RuntimeProgram> recognise_runtime(std::string_view path, std::span<const std::byte> content,
                                                const FileMarks& marks, const elf::File* elf) {
  if (marks.has(Mark::node))
    return RuntimeProgram{RuntimeKind::node, std::string(path)};
  if (marks.has(Mark::php))
    return RuntimeProgram{RuntimeKind::php, std::string(path)};
  if (marks.has(Mark::go))
    if (const auto go = read_go_build_info(content)) {
      if (go->cryptography == GoCryptography::none || go->cryptography == GoCryptography::openssl)
        return std::nullopt;
      const std::string module = go->fips_module.empty() ? "" : ", FIPS module " + go->fips_module;
      return RuntimeProgram{RuntimeKind::go_program, std::string(path), go->go_version + module};
    }
  if (elf != nullptr)
    if (auto found = own_cryptography(content, marks, *elf))
      return RuntimeProgram{RuntimeKind::own, std::string(path), *std::move(found)};
  return std::nullopt;
}

} // namespace kif::image
