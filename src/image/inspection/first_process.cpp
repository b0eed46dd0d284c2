// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/first_process.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <string_view>
#include <utility>

#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

constexpr std::string_view k_elf = "\x7f"
                                   "ELF";

/// What init programs say where they are not process 1, in small letters: s6-overlay-suexec, runit, BusyBox, and in
/// general.
constexpr std::array<std::string_view, 8> k_refusals = {
    "can only run as pid 1",    "must be run as process no 1", "must be run as pid 1",      "must run as pid 1",
    "must be started as pid 1", "has to be run as pid 1",      "can only run as process 1", "must be process 1"};

/// Words of scripts that start such a program.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_starters = {
    {{"s6-overlay", "s6-overlay"},
     {"s6-linux-init", "s6-linux-init"},
     {"s6-svscan", "s6"},
     {"lib/systemd/systemd", "systemd"},
     {"exec /sbin/init", "/sbin/init"},
     {"exec /init", "/init"}}};

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string small_letters(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string what_program_says(std::string_view name, std::string_view content) {
  if (name == "systemd")
    return "systemd";
  if (name == "init" && content.find("telinit") != std::string_view::npos)
    return "an init program";
  const std::string lower = small_letters(content);
  for (const std::string_view refusal : k_refusals)
    if (lower.find(refusal) != std::string::npos)
      return "an init program";
  return {};
}

std::string what_script_says(std::string_view content) {
  for (const auto& [words, name] : k_starters)
    if (content.find(words) != std::string_view::npos)
      return std::string(name);
  // [ $$ -eq 1 ], [ "$$" != "1" ], (( $$ == 1 )); the file is hostile, so no regular expression on long lines.
  static const std::regex check("\\$(\\$|\\{\\$\\}|BASHPID)\"?\\s*(-eq|-ne|-gt|==|=|!=|>)\\s*[\"']?1\\b");
  for (std::size_t at = content.find('$'); at != std::string_view::npos; at = content.find('$', at + 1)) {
    const std::string piece(content.substr(at, 32));
    if (std::regex_search(piece, check, std::regex_constants::match_continuous))
      return "a script that looks whether it is process 1";
  }
  return {};
}

/// The first word of what a shell's -c runs, "exec" left out.
std::string first_word(std::string_view text) {
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(" \t\n;&|"));
    if (word != "exec")
      return std::string(word);
    text.remove_prefix(word.size());
  }
}

/// What would be process 1. Empty: the image names nothing.
std::string first_program(const oci::ImageConfig& config) {
  std::vector<std::string> words = config.entrypoint;
  words.insert(words.end(), config.command.begin(), config.command.end());
  if (words.size() >= 2 && words[0] == k_init_path && words[1] == "--") // hardened already
    words.erase(words.begin(), words.begin() + 2);
  if (words.empty())
    return {};
  const std::string_view name = base_name(words.front());
  const bool is_shell = name == "sh" || name == "bash" || name == "dash" || name == "ash";
  if (is_shell && words.size() >= 3 && words[1].starts_with("-") && words[1].ends_with("c"))
    return first_word(words[2]);
  return is_shell && words.size() >= 2 && !words[1].starts_with("-") ? words[1] : words.front();
}

std::string variable(const oci::ImageConfig& config, std::string_view name) {
  for (const std::string& entry : config.environment)
    if (entry.starts_with(std::string(name) + "="))
      return entry.substr(name.size() + 1);
  return {};
}

const oci::FileEntry* look_up(const oci::FileTree& tree, const oci::ImageConfig& config, const std::string& program) {
  if (program.find('/') != std::string::npos) {
    const std::string folder = config.working_directory.empty() ? "/" : config.working_directory;
    return tree.resolve(program.starts_with('/') ? program : folder + "/" + program);
  }
  std::string path = variable(config, "PATH");
  if (path.empty())
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const oci::FileEntry* const entry = tree.resolve(path.substr(at, end - at) + "/" + program);
    if (entry != nullptr && entry->type == oci::FileType::regular)
      return entry;
    at = end + 1;
  }
  return nullptr;
}

} // namespace

std::string insists_on_first_process(std::string_view name, std::string_view content) {
  return content.starts_with(k_elf) ? what_program_says(name, content)
                                    : what_script_says(content.substr(0, k_max_first_script_bytes));
}

std::string first_program_file_name(const oci::ImageConfig& config) {
  return std::string(base_name(first_program(config)));
}

std::optional<FirstProgram> find_first_program(const oci::ImageConfig& config, const oci::FileTree& tree) {
  const std::string program = first_program(config);
  if (program.empty() || variable(config, "KIF_PROCESS_1") == "application")
    return std::nullopt;
  const oci::FileEntry* const entry = look_up(tree, config, program);
  if (entry == nullptr || entry->type != oci::FileType::regular || entry->size > k_max_first_program_bytes)
    return std::nullopt;
  return FirstProgram{program, entry};
}

std::optional<std::string> first_process_warning(const FirstProgram& program, std::string_view content) {
  // BusyBox and systemd by the name that the image calls them: /sbin/init leads to both.
  const bool is_busybox = program.file->name.starts_with("busybox");
  if (is_busybox && base_name(program.name) != "init" && base_name(program.name) != "linuxrc")
    return std::nullopt;
  const std::string reason = insists_on_first_process(program.file->name, content);
  if (reason.empty())
    return std::nullopt;
  return program.name + " (" + reason +
         ") may insist on being process 1, which is kif-init in a hardened image: run the container with "
         "KIF_PROCESS_1=application in its environment if it does";
}

} // namespace kif::image
