// SPDX-License-Identifier: Apache-2.0
// The layer's configuration for a library context that is not the process's default one.
#pragma once

namespace kif::contexts {

/// Never OPENSSL_CONF: whatever configuration a process has, these contexts are the layer's.
inline constexpr const char* k_layer_configuration = "/etc/kif/openssl.cnf";
/// The key in it that names the start section of such contexts: all but TLS's settings, which libcrypto keeps once for
/// the process (crypto/conf/conf_ssl.c) and frees when they are read again, under whoever reads them.
inline constexpr const char* k_context_key = "kif_context";

} // namespace kif::contexts
