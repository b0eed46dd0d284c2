// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.ProviderException;

/** The entropy source gave no byte. The message names the health test that failed; nothing else is tried in its place. */
public final class EntropyException extends ProviderException {
  private static final long serialVersionUID = 1L;

  EntropyException(String message) {
    super(message);
  }

  EntropyException(String message, Throwable cause) {
    super(message, cause);
  }
}
