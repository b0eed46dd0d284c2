// SPDX-License-Identifier: Apache-2.0
#include "image/runtime_programs.h"

#include "image/go_build_info.h"
#include "image/text_search.h"

namespace kif::image {
namespace {

// The section of openssl.cnf that Node reads (src/node.cc), and the variable that PHP takes folders of settings from
// (main/php_ini.c): each is a text of its own in the program.
constexpr std::string_view k_node_text = "nodejs_conf";
constexpr std::string_view k_php_text = "PHP_INI_SCAN_DIR";

} // namespace

std::optional<RuntimeProgram> recognise_runtime(std::string_view path, std::span<const std::byte> content) {
  if (has_c_string(content, k_node_text))
    return RuntimeProgram{RuntimeKind::node, std::string(path)};
  if (has_c_string(content, k_php_text))
    return RuntimeProgram{RuntimeKind::php, std::string(path)};
  const auto go = read_go_build_info(content);
  if (!go || go->cryptography == GoCryptography::none || go->cryptography == GoCryptography::openssl)
    return std::nullopt;
  const std::string module = go->fips_module.empty() ? "" : ", FIPS module " + go->fips_module;
  return RuntimeProgram{RuntimeKind::go_program, std::string(path), go->go_version + module};
}

} // namespace kif::image
