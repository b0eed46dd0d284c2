// SPDX-License-Identifier: Apache-2.0
// In the process with the DRBG: what its seed source, module and libcrypto say of themselves, written on the page that
// kif-init reads.
#pragma once

#include <cstdint>

#include "broker/generator_report.h"
#include "init/status.h"
#include "libcrypto/library.h"
#include "libcrypto/state.h"

namespace kif::init {

/// After checks that passed.
void report_ready(broker::ReportPage& page, const libcrypto::Libcrypto& crypto, const Ready& ready);
/// After checks that did not: kif-init says it, who has a stderr.
void report_failure(broker::ReportPage& page, const FailedCheck& failed);

/// From then on. Made after report_ready().
class SourceWatch {
public:
  SourceWatch(broker::ReportPage& page, const libcrypto::Libcrypto& crypto);

  /// After each draw, before its answer. Reads one number; all of them where seed was taken or the draw failed.
  void drawn(bool good);

private:
  broker::ReportPage& m_page;
  const libcrypto::Libcrypto& m_crypto;
  libcrypto::SeedNumbers m_numbers;
  broker::GeneratorReport m_report;
};

} // namespace kif::init
