// SPDX-License-Identifier: Apache-2.0
#include "host/jitter.h"

#include <algorithm>
#include <chrono>

#include <unistd.h>

#include "base/wipe.h"
#include "entropy/jitter_library.h"
#include "entropy/seed_source.h"

namespace kif::host {
namespace {

constexpr std::size_t k_blocks = 9;

using Clock = std::chrono::steady_clock;

double since_ms(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

tl::unexpected<Error> failure(const std::string& what, entropy::SourceError error) {
  return fail(ErrorCode::entropy, what + ": " + std::string(entropy::describe(error)));
}

} // namespace

double Jitter::median_block_ms() const {
  if (block_ms.empty())
    return 0;
  std::vector<double> sorted = block_ms;
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

Result<Jitter> measure_jitter(std::span<const std::string> libraries) {
  const auto found =
      std::ranges::find_if(libraries, [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; });
  if (found == libraries.end())
    return fail(ErrorCode::not_found,
                "no libjitterentropy.so.3 beside kif" + (libraries.empty() ? "" : ", nor " + libraries.back()));
  KIF_TRY(auto library, entropy::JitterLibrary::open(*found));
  Jitter jitter{.library = *found, .version = jitterentropy::version_text(library.version())};
  entropy::SeedSource source(library, {.pool_bytes = 0});
  const auto start = Clock::now();
  if (const auto error = source.prepare(); error != entropy::SourceError::none)
    return failure("jitterentropy's start-up test failed", error);
  jitter.startup_ms = since_ms(start);
  for (std::size_t i = 0; i < k_blocks; ++i) {
    WipingArray<entropy::k_block_bytes> block;
    const auto block_start = Clock::now();
    if (const auto error = source.draw(block.bytes()); error != entropy::SourceError::none)
      return failure("jitterentropy gave no block", error);
    jitter.block_ms.push_back(since_ms(block_start));
  }
  return jitter;
}

} // namespace kif::host
