// SPDX-License-Identifier: Apache-2.0
#include "sbom/databases/rpm_database.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "base/process.h"
#include "base/quote.h"
#include "sbom/databases/lines.h"
#include "sbom/package_list.h"

namespace kif::sbom {
namespace {

/// Databases of 2,000 packages take 0.3 s; an emulated machine is 30 times slower.
constexpr std::chrono::seconds k_timeout{60};
/// A name, an epoch, a version, a release and an architecture for each of k_max_packages.
constexpr std::size_t k_max_output_bytes = k_max_packages * 256;

struct Form {
  std::string_view file;
  std::string_view backend; ///< rpm's name for what reads it
};
/// rpm itself took this order when its default changed: newest first.
constexpr std::array<Form, 3> k_forms = {{
    {"rpmdb.sqlite", "sqlite"},
    {"Packages.db", "ndb"},
    {"Packages", "bdb_ro"},
}};

const Form* form_in(const std::filesystem::path& folder) {
  const auto found = std::ranges::find_if(k_forms, [&](const Form& form) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / form.file, ignored));
  });
  return found == k_forms.end() ? nullptr : &*found;
}

/// One query, apart from what this machine and this user configured: neither macros, which can run programs, nor
/// signatures, for which rpm would read keys.
Result<Command> query(const std::filesystem::path& folder, const Form& form) {
  KIF_TRY(const std::filesystem::path absolute, absolute_path(folder));
  Command command;
  command.argv = {"rpm",
                  "--macros=/dev/null",
                  "--rcfile=/dev/null",
                  "--define",
                  "_db_backend " + std::string(form.backend),
                  "--dbpath",
                  absolute.string(),
                  "--nosignature",
                  "--nodigest",
                  "--query",
                  "--all",
                  "--queryformat",
                  "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n"};
  const char* path = std::getenv("PATH");
  command.environment = {"LC_ALL=C", "HOME=/nonexistent",
                         "PATH=" + std::string(path == nullptr ? "/usr/bin:/bin" : path)};
  command.max_output_bytes = k_max_output_bytes;
  command.timeout = k_timeout;
  return command;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  const std::size_t newline = text.rfind('\n');
  return shortened(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

Result<Package> read_answer(std::string_view line) {
  const std::size_t first = line.find('\t');
  const std::size_t last = line.rfind('\t');
  if (first == std::string_view::npos || first == last)
    return fail(ErrorCode::invalid_input, "not three fields");
  const std::string_view architecture = line.substr(last + 1);
  Package package{std::string(line.substr(0, first)),
                  std::string(line.substr(first + 1, last - first - 1)),
                  Ecosystem::rpm,
                  std::string(architecture == "(none)" ? "" : architecture),
                  {}};
  if (!is_word(package.name) || !is_word(package.version) || !(package.architecture.empty() || is_word(architecture)))
    return fail(ErrorCode::invalid_input, "not three words");
  return package;
}

} // namespace

bool is_rpm_database_file(std::string_view file_name) noexcept {
  return std::ranges::find(k_forms, file_name, &Form::file) != k_forms.end();
}

Result<Document> read_rpm_database(const std::filesystem::path& folder, const std::string& where) {
  const std::string cannot_read = "cannot read " + where;
  const Form* const form = form_in(folder);
  if (form == nullptr)
    return fail(ErrorCode::not_found, cannot_read + ": no rpmdb.sqlite, Packages.db or Packages in " + folder.string());
  if (!find_program("rpm"))
    return fail(
        Error(ErrorCode::not_found, cannot_read + ": rpm databases are read by the rpm program, and there is none")
            .with_hint("install rpm: apt-get install rpm"));
  KIF_TRY(const Command command, query(folder, *form));
  auto answer = run_program(command);
  if (!answer)
    return fail(std::move(answer).error().with_context(cannot_read));
  // An rpm that lacks this form's code goes on with an empty database, and says so on standard error alone.
  if (answer->err.find("dummy database") != std::string::npos)
    return fail(Error(ErrorCode::unsupported,
                      cannot_read + ": the rpm program of this machine cannot read " + std::string(form->file))
                    .with_hint("an rpm of Fedora or openSUSE can; or give an SBOM of the image as a file"));
  if (answer->exit_code != 0)
    return fail(ErrorCode::invalid_input, cannot_read + ": rpm: " + last_line(answer->err));

  KIF_TRY(Lines lines, Lines::of(answer->out, where));
  PackageList list(where);
  while (lines.next()) {
    auto package = read_answer(lines.line());
    if (!package)
      return fail(ErrorCode::invalid_input, cannot_read + ": package " + std::to_string(lines.number()) +
                                                " has no name, version or architecture that rpm would install");
    // Keys that rpm trusts lie in the database as packages of this name.
    if (package->name != "gpg-pubkey")
      KIF_CHECK(list.add(std::move(*package)));
  }
  Document document;
  document.format = Format::rpm_database;
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
