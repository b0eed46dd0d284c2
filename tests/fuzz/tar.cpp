// SPDX-License-Identifier: Apache-2.0
// Tar archives of layers and of archived images. The same entries and contents however the archive is cut into pieces,
// whether its content is read or passed over; and what kif itself writes of them is read as it was.
#include "layer/tar_reader.h"

#include <vector>

#include "memory_reader.h"
#include "layer/tar_writer.h"
#include "target.h"

namespace {

using namespace kif;

constexpr std::size_t k_header_bound = 64 * 1024;
constexpr std::size_t k_content_bound = 64 * 1024; // a sparse file may claim anything

struct Item {
  oci::TarEntry entry;
  std::string content;
  bool is_cut = false; // at the bound
};

struct Archive {
  std::vector<Item> items;
  bool is_whole = false;
};

template <class Source> Archive read_archive(Source&& source, bool with_content) {
  Archive archive;
  oci::TarReader reader(source, "x", k_header_bound);
  for (;;) {
    auto entry = reader.next();
    fuzz::demand_good_error(entry);
    if (!entry)
      return archive;
    if (!*entry) {
      archive.is_whole = true;
      return archive;
    }
    Item item{**entry, {}};
    if (with_content && item.entry.type == oci::TarType::regular) {
      fuzz::Stream stream = fuzz::read_stream(reader, k_content_bound);
      item.is_cut = stream.content.size() > k_content_bound;
      if (!stream.is_whole && !item.is_cut)
        fuzz::demand_good_error(Result<void>(fail(stream.error)));
      fuzz::demand(!stream.is_whole || stream.content.size() == item.entry.size, "a file has the size that was said");
      fuzz::demand(stream.content.size() <= item.entry.size, "a file has no more than the size that was said");
      item.content = std::move(stream.content);
    }
    archive.items.push_back(std::move(item));
  }
}

bool are_same(const oci::TarEntry& a, const oci::TarEntry& b) {
  return a.name == b.name && a.type == b.type && a.size == b.size && a.mode == b.mode && a.uid == b.uid &&
         a.gid == b.gid && a.mtime_seconds == b.mtime_seconds && a.mtime_nanoseconds == b.mtime_nanoseconds &&
         a.link_target == b.link_target && a.capability == b.capability && a.data_offset == b.data_offset &&
         a.is_sparse == b.is_sparse && a.hole_bytes == b.hole_bytes;
}

void demand_same(const Archive& a, const Archive& b, bool with_content) {
  fuzz::demand(a.is_whole == b.is_whole && a.items.size() == b.items.size(), "the same archive in other pieces");
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    fuzz::demand(are_same(a.items[i].entry, b.items[i].entry), "the same entry in other pieces");
    fuzz::demand(!with_content || a.items[i].content == b.items[i].content, "the same content in other pieces");
  }
}

// What kif writes of an entry is what it reads of it again. Names are what its writer takes.
void demand_round_trip(const Archive& archive) {
  std::string written;
  oci::TarWriter writer([&written](std::span<const std::byte> bytes) -> Result<void> {
    written.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  std::vector<const Item*> kept;
  for (const Item& item : archive.items) {
    const oci::TarEntry& entry = item.entry;
    if (entry.name.empty() || entry.name.find('\0') != std::string::npos || item.is_cut || entry.mtime_seconds < 0 ||
        entry.link_target.find('\0') != std::string::npos || (entry.name.ends_with('/') && !entry.link_target.empty()))
      continue;
    const oci::TarAttributes attributes{entry.name, entry.mode, entry.uid, entry.gid, entry.mtime_seconds};
    Result<void> done;
    if (entry.type == oci::TarType::regular && item.content.size() == entry.size && !entry.name.ends_with('/'))
      done = writer.add_file(attributes, item.content);
    else if (entry.type == oci::TarType::directory)
      done = writer.add_directory(attributes);
    else if (entry.type == oci::TarType::symlink && !entry.link_target.empty())
      done = writer.add_symlink(attributes, entry.link_target);
    else
      continue;
    fuzz::demand_good_error(done);
    if (!done) // nothing of it was written
      return;
    kept.push_back(&item);
  }
  fuzz::demand(writer.finish().has_value(), "an archive in memory can be ended");
  const Archive again = read_archive(fuzz::MemoryReader(written, written.size()), true);
  fuzz::demand(again.is_whole && again.items.size() == kept.size(), "what was written is read whole");
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const oci::TarEntry& a = kept[i]->entry;
    const oci::TarEntry& b = again.items[i].entry;
    const bool is_folder = a.type == oci::TarType::directory;
    fuzz::demand(b.type == a.type && (b.name == a.name || (is_folder && b.name == a.name + "/")),
                 "the name that was written");
    fuzz::demand(b.mode == a.mode && b.uid == a.uid && b.gid == a.gid && b.mtime_seconds == a.mtime_seconds,
                 "the attributes that were written");
    fuzz::demand(b.link_target == a.link_target || is_folder || a.type == oci::TarType::regular,
                 "the link that was written");
    fuzz::demand(is_folder || again.items[i].content == kept[i]->content, "the content that was written");
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const Archive archive = read_archive(fuzz::MemoryReader(text, std::max<std::size_t>(size, 1)), true);
  demand_same(archive, read_archive(fuzz::MemoryReader(text, 7), true), true);
  demand_same(read_archive(fuzz::MemoryReader(text, 4096), false), read_archive(fuzz::MemorySkipper(text), false),
              false);
  demand_round_trip(archive);
  return 0;
}
