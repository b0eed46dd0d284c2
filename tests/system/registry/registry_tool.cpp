// SPDX-License-Identifier: Apache-2.0
// The room registry as a program, with bounds short enough for tests.
//   read NAME               reads the image whole, prints what it is as one JSON document
//   all NAME                reads the images of all platforms whole, prints the digests of their manifests as JSON
//   platforms NAME          the platforms it is there for, a line each
//   tag NAME TAG            the digest that the tag beside it stands for, or "none"
//   referrers NAME DIGEST   how they were found, then the digest of each, a line each
// Options before them: --stall-ms N, --delay-ms N, --attempts N, --requests N, --longest-delay-ms N, --insecure,
// --document-ms N, --documents-ms N, --blob-ms N, --pauses-ms N
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "oci/repository.h"
#include "oci/source.h"
#include "registry/registry.h"
#include "text/escape.h"

namespace {

using namespace kif;
using namespace kif::oci;
using Arguments = std::vector<std::string>;

RegistryOptions g_options;

Result<Image> open(const std::string& text) {
  KIF_TRY(const ImageName name, ImageName::parse(text));
  return open_image(name, {.registry = registry_opener(g_options)});
}

Result<std::uint64_t> drained(std::unique_ptr<Reader> reader) {
  std::vector<std::byte> buffer(256 * 1024);
  std::uint64_t bytes = 0;
  for (;;) {
    KIF_TRY(const std::size_t count, reader->read(buffer));
    if (count == 0)
      return bytes;
    bytes += count;
  }
}

Result<void> read(const Arguments& arguments) {
  KIF_TRY(const Image image, open(arguments.at(0)));
  nlohmann::json layers = nlohmann::json::array();
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    KIF_TRY(auto reader, image.open_layer(i));
    KIF_TRY(const std::uint64_t bytes, drained(std::move(reader)));
    layers.push_back({{"digest", image.manifest().layers[i].descriptor.digest.text()}, {"tar_bytes", bytes}});
  }
  nlohmann::json indexes = nlohmann::json::array();
  for (const auto& index : image.indexes())
    indexes.push_back(index->descriptor ? index->descriptor->digest.text() : "");
  const nlohmann::json document = {{"name", image.name().text()},
                                   {"manifest", image.manifest_descriptor()->digest.text()},
                                   {"media_type", image.manifest_descriptor()->media_type},
                                   {"platform", image.platform().text()},
                                   {"indexes", indexes},
                                   {"layers", layers}};
  std::puts(document.dump().c_str());
  return {};
}

Result<void> all(const Arguments& arguments) {
  KIF_TRY(const ImageName name, ImageName::parse(arguments.at(0)));
  KIF_TRY(Source source, Source::open(name, registry_opener(g_options)));
  KIF_TRY(const Contents there, source.contents());
  nlohmann::json manifests = nlohmann::json::array();
  for (const Platform& platform : there.platforms) {
    KIF_TRY(const Image image, source.image(platform));
    for (std::size_t i = 0; i < image.layer_count(); ++i) {
      KIF_TRY(auto reader, image.open_layer(i));
      KIF_CHECK(drained(std::move(reader)));
    }
    manifests.push_back(image.manifest_descriptor()->digest.text());
  }
  std::puts(manifests.dump().c_str());
  return {};
}

Result<void> platforms(const Arguments& arguments) {
  KIF_TRY(const ImageName name, ImageName::parse(arguments.at(0)));
  KIF_TRY(const Source source, Source::open(name, registry_opener(g_options)));
  KIF_TRY(const Contents there, source.contents());
  for (const Platform& platform : there.platforms)
    std::puts(platform.text().c_str());
  return {};
}

Result<void> tag(const Arguments& arguments) {
  KIF_TRY(const Image image, open(arguments.at(0)));
  KIF_TRY(const auto found, image.repository()->find_tag(arguments.at(1)));
  std::puts(found ? found->digest.text().c_str() : "none");
  return {};
}

Result<void> referrers(const Arguments& arguments) {
  KIF_TRY(const Image image, open(arguments.at(0)));
  KIF_TRY(const Digest subject, Digest::parse(arguments.at(1)));
  KIF_TRY(const Referrers found, image.repository()->referrers(subject));
  constexpr const char* k_ways[] = {"api", "tag", "layout"};
  std::puts(k_ways[static_cast<std::size_t>(found.way)]);
  for (const Descriptor& entry : found.manifests)
    std::puts(entry.digest.text().c_str());
  return {};
}

/// Takes the options off the front.
bool take_options(Arguments& arguments) {
  RegistryBounds& bounds = g_options.bounds;
  while (!arguments.empty() && arguments.front().starts_with("--")) {
    const std::string name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "--insecure") {
      g_options.verify_tls = false;
      continue;
    }
    if (arguments.empty())
      return false;
    const unsigned value = static_cast<unsigned>(std::stoul(arguments.front()));
    arguments.erase(arguments.begin());
    if (name == "--stall-ms")
      bounds.stall_timeout = bounds.connect_timeout = std::chrono::milliseconds(value);
    else if (name == "--delay-ms")
      bounds.first_delay = std::chrono::milliseconds(value);
    else if (name == "--longest-delay-ms")
      bounds.longest_delay = std::chrono::milliseconds(value);
    else if (name == "--document-ms")
      bounds.document_time = std::chrono::milliseconds(value);
    else if (name == "--documents-ms")
      bounds.documents_time = std::chrono::milliseconds(value);
    else if (name == "--blob-ms")
      bounds.blob_time = std::chrono::milliseconds(value);
    else if (name == "--pauses-ms")
      bounds.max_pauses = std::chrono::milliseconds(value);
    else if (name == "--attempts")
      bounds.max_attempts = value;
    else if (name == "--requests")
      bounds.max_requests = value;
    else
      return false;
  }
  return true;
}

} // namespace

int main(int argc, char** argv) {
  Arguments arguments(argv + 1, argv + argc);
  struct Verb {
    std::size_t arguments;
    Result<void> (*run)(const Arguments&);
  };
  const std::map<std::string, Verb> verbs = {{"read", {1, read}},
                                             {"all", {1, all}},
                                             {"platforms", {1, platforms}},
                                             {"tag", {2, tag}},
                                             {"referrers", {2, referrers}}};
  const bool is_good = take_options(arguments);
  const auto verb = arguments.empty() ? verbs.end() : verbs.find(arguments.front());
  if (!is_good || verb == verbs.end() || arguments.size() != verb->second.arguments + 1) {
    std::fputs(
        "usage: registry_tool [OPTION…] read NAME | all NAME | platforms NAME | tag NAME TAG | referrers NAME DIGEST\n",
        stderr);
    return 2;
  }
  g_options.warn = [](const std::string& text) { std::fprintf(stderr, "warning: %s\n", text.c_str()); };
  arguments.erase(arguments.begin());
  const Result<void> done = verb->second.run(arguments);
  if (!done)
    std::fputs(kif::text::escape(done.error()).render("registry_tool").c_str(), stderr);
  return done ? 0 : 1;
}
