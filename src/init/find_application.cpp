// SPDX-License-Identifier: Apache-2.0
#include "init/find_application.h"

#include <charconv>
#include <string_view>

#include <fcntl.h>

#include "base/file.h"
#include "base/reader.h"

namespace kif::init {
namespace {

constexpr std::size_t k_max_bytes = std::size_t{1} << 20;

/// Files of /proc say that they are empty.
Result<std::string> read_proc(const std::string& file) {
  KIF_TRY(UniqueFd fd, open_file(file, O_RDONLY));
  FdReader reader(std::move(fd), file);
  return read_to_end(reader, k_max_bytes, file);
}

/// kif-init, kif-init-drbg, kif-init-guard.
bool is_kif_init(std::string_view comm) {
  return comm.starts_with("kif-init");
}

} // namespace

Result<pid_t> find_application(const std::string& proc) {
  KIF_TRY(const std::string first, read_proc(proc + "/1/comm"));
  if (!is_kif_init(first))
    return 1;
  KIF_TRY(const std::string children, read_proc(proc + "/1/task/1/children"));
  // In the order in which they came to be process 1's: the application before all whose parents have ended.
  const char* at = children.data();
  const char* const end = at + children.size();
  while (at < end) {
    pid_t child = 0;
    const auto [after, error] = std::from_chars(at, end, child);
    if (error != std::errc())
      break;
    const auto comm = read_proc(proc + "/" + std::to_string(child) + "/comm");
    if (comm && !is_kif_init(*comm))
      return child;
    at = after + 1;
  }
  return fail(ErrorCode::not_found, "cannot find the application: kif-init runs none yet");
}

} // namespace kif::init
