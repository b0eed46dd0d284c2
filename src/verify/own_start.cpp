// SPDX-License-Identifier: Apache-2.0
#include "verify/own_start.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/quote.h"
#include "base/root_file.h"
#include "elf/headers.h"
#include "verify/openssl_jobs.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_head_bytes = 4096; // ELF and program headers, or the first line of a script
constexpr const char* k_blanks = " \t";

struct Switch {
  std::string_view name;
  std::string_view of_layer; ///< the value that the layer itself gives it
};
constexpr std::array<Switch, 6> k_switches = {{{"LD_PRELOAD=", ""},
                                               {"LD_LIBRARY_PATH=", ""},
                                               {"LD_AUDIT=", ""},
                                               {"OPENSSL_CONF=", k_layer_config},
                                               {"OPENSSL_MODULES=", "/usr/lib/kif/modules"},
                                               {"KIF_", ""}}};

std::string path_of(const Subject& subject, const std::string& program) {
  if (program.starts_with('/'))
    return program;
  if (program.find('/') != std::string::npos)
    return subject.working_directory + "/" + program;
  return find_in_image(subject, program);
}

std::string head_of(const Subject& subject, const std::string& path) {
  UniqueFd file = open_in_root(subject.root, path);
  if (!file)
    return {};
  FdReader reader(std::move(file), path);
  std::string head(k_head_bytes, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const auto got = reader.read(std::as_writable_bytes(std::span(head)).subspan(size));
    if (!got || *got == 0)
      break;
    size += *got;
  }
  head.resize(size);
  return head;
}

/// The interpreter of a script; empty for another file.
std::string interpreter_of(std::string_view head) {
  if (!head.starts_with("#!"))
    return {};
  std::string_view line = head.substr(2, head.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(k_blanks), line.size()));
  return std::string(line.substr(0, line.find_first_of(k_blanks)));
}

/// That is static, if it or its interpreter is; else empty.
std::string static_program(const Subject& subject, std::string path) {
  std::string head = head_of(subject, path);
  if (const std::string interpreter = interpreter_of(head); !interpreter.empty()) {
    path = interpreter;
    head = head_of(subject, path);
  }
  return elf::has_no_loader(std::as_bytes(std::span(head))) ? path : std::string();
}

bool has_catch_all(const Subject& subject) {
  return subject.starts_through_init() && std::ranges::none_of(subject.environment, [](const std::string& entry) {
           return entry == "KIF_CATCH_ALL=off" || entry == "KIF_CATCH_ALL=0";
         });
}

std::vector<std::string> switches_in(const Subject& subject) {
  std::vector<std::string> found;
  for (const std::string& entry : subject.environment)
    for (const Switch& known : k_switches)
      if (entry.starts_with(known.name) &&
          (known.of_layer.empty() || std::string_view(entry).substr(known.name.size()) != known.of_layer))
        found.push_back("the image sets " + shortened(entry, 200));
  return found;
}

std::vector<std::string> own_arguments(const Subject& subject) {
  std::vector<std::string> arguments = subject.entrypoint;
  arguments.insert(arguments.end(), subject.command.begin(), subject.command.end());
  return arguments;
}

} // namespace

Start start_behind_init(std::vector<std::string> arguments) {
  Start start{std::move(arguments), {}};
  if (start.arguments.empty() || start.arguments.front() != k_layer_init)
    return start;
  start.arguments.erase(start.arguments.begin());
  if (!start.arguments.empty() && start.arguments.front() == "--")
    start.arguments.erase(start.arguments.begin());
  else if (!start.arguments.empty() && start.arguments.front().starts_with('-'))
    start.defect = "kif-init is started with " + shortened(start.arguments.front(), 100) + ", and starts no program so";
  return start;
}

Finding own_start(const Subject& subject) {
  Finding finding{.id = "LIVE-START",
                  .title = "the layer reaches the program that the image starts by itself",
                  .outcome = Outcome::pass,
                  .kind = Kind::verified,
                  .evidence = {}};
  const Start start = start_behind_init(own_arguments(subject));
  if (!start.defect.empty()) {
    finding.outcome = Outcome::could_not_check;
    finding.evidence.push_back(start.defect);
  } else if (start.arguments.empty()) {
    finding.evidence.emplace_back("it starts none");
  } else {
    const std::string path = path_of(subject, start.arguments.front());
    finding.evidence.push_back(shortened(start.arguments.front(), 200) +
                               (subject.starts_through_init() ? ", through kif-init" : ", not through kif-init"));
    if (const std::string program = path.empty() ? "" : static_program(subject, path);
        !program.empty() && !has_catch_all(subject)) {
      finding.outcome = Outcome::could_not_check;
      finding.evidence.push_back(
          shortened(program, 200) + " is static: only kif-init's catch-all reaches it, and " +
          (subject.starts_through_init() ? "KIF_CATCH_ALL switches that off" : "it is not started through kif-init"));
    }
  }
  for (std::string& text : switches_in(subject))
    finding.evidence.push_back(std::move(text));
  return finding;
}

} // namespace kif::verify
