// SPDX-License-Identifier: Apache-2.0
package kif.java;

/** What the self-check can find wrong, each with an exit code of its own. kif-init's codes end at 89; these follow. */
enum Failure {
  /** The default SecureRandom is not the FIPS module's: SUN's is seeded by the kernel or by thread timing. */
  GENERATOR(90, "java-generator"),
  /** The list of providers cannot be used: a class of it is missing. */
  PROVIDERS(91, "java-providers"),
  /** The entropy source cannot be opened, or one of its health tests failed. */
  ENTROPY(92, "java-entropy"),
  /** SecureRandom.getInstanceStrong(), from which the module seeds itself, is not ENTROPY of KIF. */
  STRONG(93, "java-strong"),
  /** The module's self-tests did not pass. */
  MODULE(94, "java-module"),
  /** The module does services that are not approved. */
  APPROVED(95, "java-approved"),
  /** No byte of the module's seeds came from the entropy source. */
  SEED_ORIGIN(96, "java-seed-origin"),
  /** The module's native code is on. */
  NATIVE(97, "java-native"),
  /** What must be refused is not. */
  REFUSAL(98, "java-refusal"),
  /** TLS is not Bouncy Castle's in FIPS mode. */
  TLS(99, "java-tls");

  final int exitCode;
  final String id;

  Failure(int exitCode, String id) {
    this.exitCode = exitCode;
    this.id = id;
  }
}
