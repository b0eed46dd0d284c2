// SPDX-License-Identifier: Apache-2.0
#include "probe/child_answer.h"

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"

namespace kif::probe {
namespace {

constexpr unsigned k_limit_s = 120;
constexpr std::size_t k_max_answer_bytes = 64UL * 1024;

[[noreturn]] void be_child(const std::function<std::string()>& work, int fd) {
  ::alarm(k_limit_s);
  std::string answer = work();
  answer.resize(std::min(answer.size(), k_max_answer_bytes));
  const bool told = write_all(fd, std::as_bytes(std::span(answer)), "the pipe").has_value();
  ::_exit(told ? 0 : 1);
}

} // namespace

Result<ChildAnswer> ask_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot fork"));
  if (child == 0)
    be_child(work, write_end.get());
  write_end.reset();
  FdReader reader(std::move(read_end), "the child's answer");
  auto text = read_to_end(reader, k_max_answer_bytes, "the child's answer");
  ChildAnswer answer;
  while (::waitpid(child, &answer.status, 0) < 0 && errno == EINTR) {
  }
  if (!text)
    return fail(std::move(text).error());
  answer.text = *std::move(text);
  return answer;
}

} // namespace kif::probe
