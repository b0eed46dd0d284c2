// SPDX-License-Identifier: Apache-2.0
// HTTP by libcurl. Certificates are held to the system's authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR
// name.
#pragma once

#include <memory>

#include "registry/http.h"
#include "registry/options.h"

namespace kif::oci {

/// Connections are kept and used again.
std::shared_ptr<HttpTransport> make_curl_transport(bool verify_tls, const RegistryBounds& bounds);

} // namespace kif::oci
