// SPDX-License-Identifier: Apache-2.0
#include "init/repetition.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wipe.h"

namespace kif::init {
namespace {

constexpr std::size_t k_block = libcrypto::k_seed_block_bytes;
constexpr std::size_t k_max_reason_bytes = 512;

constexpr std::array<std::size_t, 2> k_blocks = {2, 1};
constexpr std::size_t k_all_blocks = k_blocks[0] + k_blocks[1];

/// On the pipe: a byte that says how it went, then the blocks or the reason.
constexpr std::byte k_drawn{'D'};
constexpr std::byte k_failed{'F'};

[[noreturn]] void be_child(const libcrypto::Libcrypto& crypto, const libcrypto::SeedBlocks& source, std::size_t blocks,
                           int out) {
  // Without the checks nobody waits for the result.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  WipingArray<1 + k_all_blocks * k_block> answer;
  const std::span<std::byte> all = answer.bytes().first(1 + blocks * k_block);
  all[0] = k_drawn;
  for (std::size_t i = 0; i < blocks; ++i)
    if (!source.draw(all.subspan(1 + i * k_block).first<k_block>())) {
      const std::string reason = static_cast<char>(k_failed) + crypto.error_text();
      [[maybe_unused]] const auto said = write_all(out, std::as_bytes(std::span(reason)), "pipe");
      ::_exit(1);
    }
  [[maybe_unused]] const auto said = write_all(out, all, "pipe");
  ::_exit(0);
}

/// What comes until the pipe ends; at most `buffer` bytes.
std::size_t read_until_end(int in, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::read(in, buffer.data() + done, buffer.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void reap(pid_t process) {
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

tl::unexpected<FailedCheck> refuse_trial(const std::string& reason) {
  return refuse(Failure::unfinished,
                {ErrorCode::process, "cannot try whether two processes draw different bytes: " + reason});
}

} // namespace

bool repeats_itself(std::span<const std::byte> blocks) {
  std::vector<std::uint64_t> words(blocks.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), blocks.data(), words.size() * sizeof(std::uint64_t));
  std::ranges::sort(words);
  const bool repeats = std::ranges::adjacent_find(words) != words.end();
  wipe(std::as_writable_bytes(std::span(words)));
  return repeats;
}

RepetitionTrial::RepetitionTrial(const libcrypto::Libcrypto& crypto) : m_crypto(crypto) {
  const libcrypto::SeedBlocks source(crypto);
  crypto.ERR_clear_error();
  for (std::size_t i = 0; source.is_there() && i < m_children.size() && m_started; ++i)
    m_started = start(m_children[i], source, k_blocks[i]);
}

Checked<void> RepetitionTrial::start(Child& child, const libcrypto::SeedBlocks& source, std::size_t blocks) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return refuse_trial(system_error(errno, "cannot make a pipe").message);
  child.blocks = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  child.process = ::fork();
  if (child.process < 0)
    return refuse_trial(system_error(errno, "cannot fork").message);
  if (child.process == 0)
    be_child(m_crypto, source, blocks, theirs.get());
  return {};
}

RepetitionTrial::~RepetitionTrial() {
  for (const Child& child : m_children)
    if (child.process > 0) {
      ::kill(child.process, SIGKILL);
      reap(child.process);
    }
}

Checked<void> RepetitionTrial::finish() {
  if (!m_started)
    return m_started;
  WipingArray<k_all_blocks * k_block> drawn;
  std::size_t all = 0;
  for (std::size_t i = 0; i < m_children.size(); ++i) {
    Child& child = m_children[i];
    if (child.process <= 0)
      return refuse_trial("the seed source cannot be fetched");
    WipingArray<k_max_reason_bytes> answer;
    const std::size_t size = read_until_end(child.blocks.get(), answer.bytes());
    reap(std::exchange(child.process, -1));
    const auto said = answer.bytes().first(size);
    if (size > 0 && said[0] == k_failed)
      return refuse(Failure::entropy_health,
                    {ErrorCode::entropy, "cannot draw from the seed source in a second process: " +
                                             std::string(reinterpret_cast<const char*>(said.data()) + 1, size - 1)});
    if (size != 1 + k_blocks[i] * k_block || said[0] != k_drawn)
      return refuse_trial("the process ended before it had drawn");
    std::ranges::copy(said.subspan(1), drawn.bytes().subspan(all).begin());
    all += size - 1;
  }
  if (repeats_itself(drawn.bytes()))
    return refuse(
        Failure::entropy_health,
        Error(ErrorCode::entropy, "cannot use the CPU jitter source: it repeats itself: blocks of two processes "
                                  "started alike have bytes in common")
            .with_hint("the entropy library is not a source of entropy; kif harden --entropy-lib names another"));
  return {};
}

} // namespace kif::init
