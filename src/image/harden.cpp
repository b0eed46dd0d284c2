// SPDX-License-Identifier: Apache-2.0
#include "image/harden.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "image/harden_platform.h"
#include "image/target.h"
#include "oci/image.h"
#include "oci/write_image.h"

namespace kif::image {
namespace {

// Whether two configurations describe the same image. `history` says how it was made, not what it is.
bool same_image(nlohmann::json a, nlohmann::json b) {
  a.erase("history");
  b.erase("history");
  return a == b;
}

Error another_image(const oci::ImageName& target) {
  return Error(ErrorCode::conflict, "cannot write " + target.text() + ": there is another image under that name")
      .with_hint("--force replaces it");
}

std::string why_no_parts(const HardenRequest& request, const oci::Platform& platform) {
  const auto known = request.no_parts.find(platform.architecture);
  return platform.os == "linux" && known != request.no_parts.end() ? known->second
                                                                   : "kif has no layer for " + platform.text();
}

bool has_parts(const HardenRequest& request, const oci::Platform& platform) {
  return platform.os == "linux" && request.parts.contains(platform.architecture);
}

/// Takes from a written image, or from one that was there, what the report tells of it.
void note(HardenedPlatform& report, const std::string& manifest, const oci::Descriptor& layer) {
  report.target_digest = manifest;
  report.layer_digest = layer.digest;
  report.layer_bytes = layer.size;
}

void note_as_there(PlannedHardening& plan, const oci::Image& there) {
  plan.report.outcome = HardenOutcome::already_hardened;
  note(plan.report, manifest_digest(there), there.manifest().layers[plan.layer].descriptor);
}

// One run of kif harden, in the order in which it happens.
class Hardening {
public:
  explicit Hardening(const HardenRequest& request) : m_request(request) {}

  Result<HardenReport> run() {
    KIF_CHECK(choose_platforms());
    KIF_TRY(const TempDir work, TempDir::create("kif-harden-"));
    for (const oci::Platform& platform : m_platforms) {
      KIF_TRY(const oci::Image source, oci::open_image(m_request.source, {.platform = platform, .registry = m_request.registry}));
      const auto tar = work.path() / ("layer-" + std::to_string(m_plans.size()) + ".tar");
      const auto& parts = m_request.parts.at(source.platform().architecture);
      KIF_TRY(PlannedHardening plan, plan_hardening(source, parts, m_request, tar));
      m_plans.push_back(std::move(plan));
    }
    KIF_CHECK(m_is_index ? write_index() : write_image());
    for (PlannedHardening& plan : m_plans)
      m_report.platforms.push_back(std::move(plan.report));
    return std::move(m_report);
  }

private:
  // What was asked for; else all that the source has and there are parts for. An image for one platform stays one.
  Result<void> choose_platforms() {
    std::vector<oci::Platform> there;
    if (m_request.platform) {
      there = {*m_request.platform};
    } else {
      KIF_TRY(there, oci::list_platforms(m_request.source, m_request.registry));
    }
    m_is_index = there.size() > 1;
    for (oci::Platform& platform : there) {
      if (has_parts(m_request, platform))
        m_platforms.push_back(std::move(platform));
      else
        m_report.left_out.push_back({platform, why_no_parts(m_request, platform)});
    }
    if (m_platforms.empty())
      return fail(ErrorCode::unsupported,
                  "cannot harden " + m_request.source.text() + ": " + m_report.left_out.front().reason);
    if (m_is_index && m_request.target.transport() == oci::Transport::docker_archive)
      return fail(Error(ErrorCode::unsupported, "cannot write " + m_request.target.text() +
                                                    ": a docker-archive holds one platform only, and " +
                                                    m_request.source.text() + " has " + std::to_string(there.size()))
                      .with_hint("--platform picks one"));
    return {};
  }

  // Writes the image, unless one with the same outcome as its configuration is there already.
  Result<void> write_image() {
    PlannedHardening& plan = m_plans.front();
    KIF_TRY(const Target target, look_at_target(m_request.target, plan.report.platform));
    if (target.image && !target.is_index && same_image(target.image->config_json(), plan.outcome)) {
      m_report.is_written = false;
      note_as_there(plan, *target.image);
      return {};
    }
    if (target.exists && !m_request.force)
      return fail(another_image(m_request.target));
    m_request.progress("writing " + m_request.target.text());
    KIF_TRY(const oci::WrittenImage written, oci::write_image(plan.write.base, plan.write.edit, m_request.target));
    note(plan.report, written.manifest.digest.text(), written.layers[plan.layer]);
    return {};
  }

  // The same for all of them under one index. It is there already where each of its platforms is, and no other.
  Result<void> write_index() {
    std::vector<Target> targets;
    for (const PlannedHardening& plan : m_plans) {
      KIF_TRY(Target target, look_at_target(m_request.target, plan.report.platform));
      targets.push_back(std::move(target));
    }
    const auto is_there = [&](const Target& target, const PlannedHardening& plan) {
      return target.is_index && target.platforms == m_plans.size() && target.image &&
             same_image(target.image->config_json(), plan.outcome);
    };
    if (std::equal(targets.begin(), targets.end(), m_plans.begin(), is_there)) {
      m_report.is_written = false;
      m_report.index_digest = targets.front().index_digest;
      for (std::size_t i = 0; i < m_plans.size(); ++i)
        note_as_there(m_plans[i], *targets[i].image);
      return {};
    }
    if (targets.front().exists && !m_request.force)
      return fail(another_image(m_request.target));
    m_request.progress("writing " + m_request.target.text());
    std::vector<oci::PlatformImage> images;
    for (const PlannedHardening& plan : m_plans)
      images.push_back(plan.write);
    KIF_TRY(const oci::WrittenIndex written, oci::write_index(images, m_request.target));
    m_report.index_digest = written.index.digest.text();
    for (std::size_t i = 0; i < m_plans.size(); ++i)
      note(m_plans[i].report, written.images[i].manifest.digest.text(), written.images[i].layers[m_plans[i].layer]);
    return {};
  }

  const HardenRequest& m_request;
  std::vector<oci::Platform> m_platforms;
  bool m_is_index = false;
  std::vector<PlannedHardening> m_plans;
  HardenReport m_report;
};

} // namespace

Result<HardenReport> harden(const HardenRequest& request) {
  return Hardening(request).run();
}

} // namespace kif::image
