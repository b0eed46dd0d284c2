// SPDX-License-Identifier: Apache-2.0
#include "broker/long_calls.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::broker {

bool LongCalls::add(const LongCall& call) {
  const std::lock_guard lock(m_mutex);
  if (m_count == k_max_long_calls)
    return false;
  ++m_count;
  append(call);
  return true;
}

void LongCalls::append(const LongCall& call) {
  auto client = std::ranges::find(m_clients, call.process, &Client::process);
  if (client == m_clients.end())
    client = m_clients.insert(m_clients.end(), Client{call.process, {}});
  client->calls.push_back(call);
}

bool LongCalls::is_someone_at_it() const {
  return m_at_work > 0 && Clock::now() - m_last_taken < k_patience;
}

std::optional<LongCall> LongCalls::take() {
  const std::lock_guard lock(m_mutex);
  if (m_clients.empty() || is_someone_at_it())
    return std::nullopt;
  Client client = std::move(m_clients.front());
  m_clients.pop_front();
  const LongCall call = client.calls.front();
  client.calls.pop_front();
  if (!client.calls.empty())
    m_clients.push_back(std::move(client));
  ++m_at_work;
  m_last_taken = Clock::now();
  return call;
}

void LongCalls::put_back(const LongCall& call) {
  const std::lock_guard lock(m_mutex);
  --m_at_work;
  append(call);
}

void LongCalls::finish() {
  const std::lock_guard lock(m_mutex);
  --m_at_work;
  --m_count;
}

int LongCalls::wait_ms() const {
  const std::lock_guard lock(m_mutex);
  if (m_clients.empty() && m_at_work == 0)
    return -1;
  return m_clients.empty() || is_someone_at_it() ? static_cast<int>(k_patience.count()) : 0;
}

pid_t process_of(pid_t thread) noexcept {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/status", static_cast<int>(thread));
  const UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> text{};
  if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0)
    return thread;
  const char* found = std::strstr(text.data(), "\nTgid:");
  return found != nullptr ? static_cast<pid_t>(std::strtol(found + 6, nullptr, 10)) : thread;
}

} // namespace kif::broker
