// SPDX-License-Identifier: Apache-2.0
#include "verify/apart_starts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "verify/probe_findings.h"

namespace kif::verify {
namespace {

constexpr std::string_view k_empty_environment = "EMPTY-ENVIRONMENT";
constexpr std::string_view k_file_capability = "FILE-CAPABILITY";
constexpr std::string_view k_setuid = "SETUID";

constexpr std::uint32_t k_nobody = 65534;
constexpr std::uint64_t k_max_probe_bytes = std::uint64_t{64} << 20U;

// Steps that the evidence names also where they pass.
constexpr std::array<std::string_view, 5> k_shown = {"secure-execution", "configuration", "providers", "seed-origin",
                                                     "refuse-md5"};

// The value of security.capability (linux/capability.h): CAP_NET_BIND_SERVICE, permitted and effective. What a web
// server gets that is to listen at port 443 without root.
vfs_cap_data net_bind_service() {
  vfs_cap_data data{};
  data.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE; // little-endian, as the machines are that kif runs on
  data.data[0].permitted = 1U << CAP_NET_BIND_SERVICE;
  return data;
}

// A program that gains rights is not made with root's: a set-user-id bit to nobody is one all the same.
Result<void> grant(const std::filesystem::path& file, std::string_view id, const watch::User& user) {
  if (id == k_setuid) {
    const std::uint32_t owner = user.uid == k_nobody ? k_nobody - 1 : k_nobody;
    if (::chown(file.c_str(), owner, std::numeric_limits<gid_t>::max()) != 0 || ::chmod(file.c_str(), 04755) != 0)
      return fail(system_error(errno, "cannot make a set-user-id program"));
    return {};
  }
  const vfs_cap_data capability = net_bind_service();
  if (::setxattr(file.c_str(), "security.capability", &capability, sizeof capability, 0) != 0)
    return fail(system_error(errno, "cannot make a program with a file capability"));
  return {};
}

std::string text_of(const ProbeStep& step) {
  return step.name + ": " + step.evidence;
}

} // namespace

std::vector<ApartStart> apart_starts() {
  return {
      {.id = std::string(k_empty_environment), .title = "with an empty environment a program's OpenSSL is the layer's"},
      {.id = std::string(k_file_capability),
       .title = "in a program with a file capability OpenSSL is the layer's",
       .essential = false,
       .gains_rights = true},
      {.id = std::string(k_setuid),
       .title = "in a set-user-id program OpenSSL is the layer's",
       .essential = false,
       .gains_rights = true}};
}

Result<std::filesystem::path> prepare_apart_start(const ApartStart& start, const std::filesystem::path& probe,
                                                  const watch::User& user, Runner& runner) {
  if (!start.gains_rights)
    return probe;
  if (::geteuid() != 0)
    return fail(ErrorCode::denied, "only root can make a program that gains rights in a container");
  KIF_TRY(const std::string content, read_file(probe, k_max_probe_bytes));
  KIF_TRY(const std::filesystem::path folder, runner.make_folder());
  const std::filesystem::path copy = folder / "probe";
  KIF_TRY(AtomicFile file, AtomicFile::create(copy, 0755));
  KIF_CHECK(file.write(content));
  KIF_CHECK(file.commit());
  KIF_CHECK(grant(copy, start.id, user));
  return copy;
}

void set_up_apart_start(const ApartStart& start, watch::Container& container) {
  if (start.id == k_empty_environment)
    container.environment.clear();
  // Root gains nothing by a file capability.
  if (start.id == k_file_capability && container.user.uid == 0)
    container.user = {.uid = k_nobody, .gid = k_nobody};
}

Finding apart_start_finding(const ApartStart& start) {
  Finding finding{
      .id = "LIVE-DENY-" + start.id, .title = start.title, .outcome = Outcome::pass, .essential = start.essential};
  const auto worsen = [&finding](Outcome outcome) {
    if (outcome == Outcome::fail || finding.outcome == Outcome::pass)
      finding.outcome = outcome;
  };
  if (!start.defect.empty()) {
    finding.outcome = Outcome::could_not_check;
    finding.evidence = {start.defect};
    return finding;
  }
  std::vector<std::string> before;
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
    const ProbeRun& run = of(start.runs, mode);
    std::vector<std::string> evidence;
    if (std::string defect = incompleteness(run); !defect.empty()) {
      worsen(Outcome::could_not_check);
      evidence = {std::move(defect)};
    }
    for (const ProbeStep& step : run.output.steps) {
      // An empty environment gains no rights, and need not.
      const bool counts = start.gains_rights || step.name != k_shown.front();
      if (counts)
        worsen(step.outcome);
      if (counts && (step.outcome != Outcome::pass || std::ranges::find(k_shown, step.name) != k_shown.end()))
        evidence.push_back(text_of(step));
    }
    // An output that is whole has all steps, but it comes out of a container: what decides must be there.
    for (const std::string_view name : k_shown)
      if (incompleteness(run).empty() && run.output.find(name) == nullptr)
        worsen(Outcome::could_not_check);
    if (evidence == before)
      continue;
    for (const std::string& line : evidence)
      finding.evidence.push_back(std::string(to_string(mode)) + ": " + line);
    before = std::move(evidence);
  }
  return finding;
}

} // namespace kif::verify
