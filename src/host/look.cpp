// SPDX-License-Identifier: Apache-2.0
#include "host/look.h"

#include <unistd.h>

#include "host/cgroups.h"
#include "host/container.h"
#include "host/devices.h"
#include "host/engines.h"
#include "host/jitter.h"
#include "host/kernel.h"
#include "host/sandbox.h"
#include "host/timer.h"
#include "host/works.h"

namespace kif::host {
namespace {

Result<Cgroups> read_cgroups(const Root& root) {
  KIF_TRY(const std::string text, root.text("/proc/self/mountinfo"));
  return cgroups_of(text);
}

} // namespace

Report look(const Places& places) {
  const Root root;
  Report report;
  report.kernel = look_at_kernel(root);
  report.entropy = look_at_entropy(root);
  report.timer = look_at_timer(root);
  report.jitter = measure_jitter(places.jitter_libraries);
  report.container = look_for_container(root, report.kernel.is_gvisor);
  report.cgroups = read_cgroups(root);
  report.sandbox = look_at_sandbox(root);
  report.engines = find_engines();
  report.is_root = ::geteuid() == 0;
  report.has_payload = places.has_payload;
  report.kernel_source = conclude_kernel_source(report);
  report.works = conclude_works(report);
  return report;
}

} // namespace kif::host
