// SPDX-License-Identifier: Apache-2.0
// The room oci as a program, for tests that hold it against other programs.
//   list NAME               the merged tree, one JSON array a line: path, type, mode, uid, gid, size, link target,
//   layer read NAME [heads]       the tree alone, with the first 4 KiB of each file looked at or not; the number of its
//   entries unpack NAME FOLDER    the seconds that walking and unpacking took, and what was not made copy FROM TO
//   [TAR…]     with TAR… on top; the new manifest's digest
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "layer/extract.h"
#include "layer/file_tree.h"
#include "oci/source.h"
#include "oci/write_image.h"
#include "text/escape.h"

namespace {

using namespace kif;
using namespace kif::oci;
using Arguments = std::vector<std::string>;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<Image> open(const std::string& text) {
  KIF_TRY(const ImageName name, ImageName::parse(text));
  return open_image(name);
}

Result<void> list(const Arguments& arguments) {
  constexpr std::array<const char*, 6> k_types = {"file", "folder", "symlink", "character", "block", "fifo"};
  KIF_TRY(const Image image, open(arguments.at(0)));
  KIF_TRY(const FileTree tree, FileTree::read(image));
  for (const FileEntry& entry : tree.entries()) {
    const nlohmann::json line = {entry.path(),      k_types.at(static_cast<std::size_t>(entry.type)),
                                 entry.mode,        entry.uid,
                                 entry.gid,         entry.size,
                                 entry.link_target, entry.layer};
    std::puts(line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace).c_str());
  }
  return {};
}

Result<void> read(const Arguments& arguments) {
  KIF_TRY(const Image image, open(arguments.at(0)));
  FileTree::Options options;
  if (arguments.size() > 1) {
    options.head_bytes = 4096;
    options.mark = [](std::span<const std::byte> head) { return static_cast<std::uint8_t>(head.empty() ? 0 : 1); };
  }
  KIF_TRY(const FileTree tree, FileTree::read(image, options));
  std::printf("%zu\n", tree.entries().size());
  return {};
}

Result<void> unpack(const Arguments& arguments) {
  auto start = std::chrono::steady_clock::now();
  KIF_TRY(const Image image, open(arguments.at(0)));
  KIF_TRY(const FileTree tree, FileTree::read(image));
  const double walked = seconds_since(start);
  start = std::chrono::steady_clock::now();
  KIF_TRY(const Extraction done, extract_root(image, tree, arguments.at(1)));
  const nlohmann::json line = {
      {"walked_s", walked},  {"unpacked_s", seconds_since(start)}, {"entries", done.entries},
      {"bytes", done.bytes}, {"owners_kept", done.owners_kept},    {"not_made", done.not_made}};
  std::puts(line.dump().c_str());
  return {};
}

Result<void> copy(const Arguments& arguments) {
  KIF_TRY(const Image image, open(arguments.at(0)));
  KIF_TRY(const ImageName target, ImageName::parse(arguments.at(1)));
  Edit edit;
  for (std::size_t i = 2; i < arguments.size(); ++i)
    edit.layers.push_back({arguments[i], {{"created_by", "oci_tool"}}});
  KIF_TRY(const WrittenImage written, write_image(image, edit, target));
  std::puts(written.manifest.digest.text().c_str());
  return {};
}

} // namespace

int main(int argc, char** argv) {
  Arguments arguments(argv + 1, argv + argc);
  const std::string verb = arguments.empty() ? "" : arguments.front();
  const bool is_known = (verb == "list" && argc == 3) || (verb == "read" && (argc == 3 || argc == 4)) ||
                        (verb == "unpack" && argc == 4) || (verb == "copy" && argc >= 4);
  if (!is_known) {
    std::fputs("usage: oci_tool list NAME | read NAME [heads] | unpack NAME FOLDER | copy FROM TO [TAR…]\n", stderr);
    return 2;
  }
  arguments.erase(arguments.begin());
  const Result<void> done = verb == "list"     ? list(arguments)
                            : verb == "read"   ? read(arguments)
                            : verb == "unpack" ? unpack(arguments)
                                               : copy(arguments);
  if (!done)
    std::fputs(kif::text::escape(done.error()).render("oci_tool").c_str(), stderr);
  return done ? 0 : 1;
}
