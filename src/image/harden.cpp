// SPDX-License-Identifier: Apache-2.0
#include "image/harden.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "image/harden_platform.h"
#include "image/target.h"
#include "oci/source.h"
#include "oci/write_image.h"

namespace kif::image {
namespace {

// Whether two configurations describe the same image. `history` says how it was made, not what it is.
bool same_image(nlohmann::json a, nlohmann::json b) {
  a.erase("history");
  b.erase("history");
  return a == b;
}

std::string why_no_parts(const HardenRequest& request, const oci::Platform& platform) {
  const auto known = request.no_parts.find(platform.architecture);
  return platform.os == "linux" && known != request.no_parts.end() ? known->second
                                                                   : "kif has no layer for " + platform.text();
}

bool has_parts(const HardenRequest& request, const oci::Platform& platform) {
  return platform.os == "linux" && request.parts.contains(platform.architecture);
}

HardenedPlatform stored(PlannedHardening& plan, std::string manifest, const oci::Descriptor& layer) {
  return {std::move(plan.report), std::move(manifest), layer.digest, layer.size};
}

HardenedPlatform stored_before(PlannedHardening& plan, const oci::Image& there) {
  plan.report.outcome = HardenOutcome::already_hardened;
  return stored(plan, manifest_digest(there), there.manifest().layers[plan.layer].descriptor);
}

HardenedPlatform stored_now(PlannedHardening& plan, const oci::WrittenImage& written) {
  return stored(plan, written.manifest.digest.text(), written.layers[plan.layer]);
}

// One run of kif harden, in the order in which it happens.
class Hardening {
public:
  explicit Hardening(const HardenRequest& request) : m_request(request) {}

  Result<HardenReport> run() {
    KIF_TRY(oci::Source opened, oci::Source::open(m_request.source, m_request.registry));
    KIF_CHECK(choose_platforms(opened));
    KIF_TRY(const TempDir work, TempDir::create("kif-harden-"));
    for (const oci::Platform& platform : m_platforms) {
      KIF_TRY(const oci::Image source, opened.image(platform));
      const auto tar = work.path() / ("layer-" + std::to_string(m_plans.size()) + ".tar");
      const auto& parts = m_request.parts.at(source.platform().architecture);
      KIF_TRY(PlannedHardening plan, plan_hardening(source, parts, m_request, tar));
      m_plans.push_back(std::move(plan));
    }
    KIF_CHECK(m_is_index ? write_index() : write_image());
    return std::move(m_report);
  }

private:
  // What was asked for; else all that the source has and there are parts for. An image for one platform stays one.
  Result<void> choose_platforms(const oci::Source& source) {
    KIF_TRY(const oci::Contents contents, source.contents());
    const auto there = m_request.platform ? std::vector<oci::Platform>{*m_request.platform} : contents.platforms;
    m_is_index = there.size() > 1;
    for (const oci::Platform& platform : there) {
      if (has_parts(m_request, platform))
        m_platforms.push_back(platform);
      else
        m_report.left_out.push_back({platform, why_no_parts(m_request, platform)});
    }
    if (m_platforms.empty())
      return fail(ErrorCode::unsupported,
                  "cannot harden " + m_request.source.text() + ": " + m_report.left_out.front().reason);
    for (const oci::PassedOver& entry : contents.passed_over)
      m_report.left_out.push_back({entry.descriptor.platform.value_or(oci::Platform{"unknown", "unknown", ""}),
                                   entry.descriptor.digest.text() + " is " + entry.reason});
    if (m_is_index && m_request.target.transport() == oci::Transport::docker_archive)
      return fail(Error(ErrorCode::unsupported, "cannot write " + m_request.target.text() +
                                                    ": a docker-archive holds one platform only, and " +
                                                    m_request.source.text() + " has " + std::to_string(there.size()))
                      .with_hint("--platform picks one"));
    return {};
  }

  Result<void> check_may_write(const Target& target) const {
    if (target.exists() && !m_request.force)
      return fail(Error(ErrorCode::conflict,
                        "cannot write " + m_request.target.text() + ": there is another image under that name")
                      .with_hint("--force replaces it"));
    m_request.progress("writing " + m_request.target.text());
    return {};
  }

  // Writes the image, unless one with the same outcome as its configuration is there already.
  Result<void> write_image() {
    PlannedHardening& plan = m_plans.front();
    KIF_TRY(Target target, Target::look_at(m_request.target));
    const auto there = target.image(plan.report.platform);
    if (there && index_of(*there) == nullptr && same_image(there->config_json(), plan.outcome)) {
      m_report.is_written = false;
      m_report.platforms.push_back(stored_before(plan, *there));
      return {};
    }
    KIF_CHECK(check_may_write(target));
    KIF_TRY(const oci::WrittenImage written, oci::write_image(plan.write.base, plan.write.edit, m_request.target));
    m_report.platforms.push_back(stored_now(plan, written));
    return {};
  }

  // The images that the target's index has for the plans, if it has just these.
  std::vector<oci::Image> those_there(Target& target) const {
    std::vector<oci::Image> images;
    if (target.platform_count() != m_plans.size())
      return {};
    for (const PlannedHardening& plan : m_plans) {
      auto image = target.image(plan.report.platform);
      if (!image || index_of(*image) == nullptr || !same_image(image->config_json(), plan.outcome))
        return {};
      images.push_back(*std::move(image));
    }
    return images;
  }

  // The same for all of them under one index. It is there already where each of its platforms is, and no other.
  Result<void> write_index() {
    KIF_TRY(Target target, Target::look_at(m_request.target));
    if (const auto there = those_there(target); !there.empty()) {
      m_report.is_written = false;
      m_report.index_digest = index_of(there.front())->descriptor->digest.text();
      for (std::size_t i = 0; i < m_plans.size(); ++i)
        m_report.platforms.push_back(stored_before(m_plans[i], there[i]));
      return {};
    }
    KIF_CHECK(check_may_write(target));
    std::vector<oci::PlatformImage> images;
    for (const PlannedHardening& plan : m_plans)
      images.push_back(plan.write);
    KIF_TRY(const oci::WrittenIndex written, oci::write_index(images, m_request.target));
    m_report.index_digest = written.index.digest.text();
    for (std::size_t i = 0; i < m_plans.size(); ++i)
      m_report.platforms.push_back(stored_now(m_plans[i], written.images[i]));
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
