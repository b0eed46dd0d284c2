// SPDX-License-Identifier: Apache-2.0
package kif.java;

/** What the self-check can find wrong, each with an exit code of its own. Clear of kif-init's own (80 to 99) and of the shell's (126 and up). */
enum Failure {
  /** The default SecureRandom is not the FIPS module's: SUN's is seeded by the kernel or by thread timing. */
  GENERATOR(100, "java-generator"),
  /** The list of providers cannot be used: a class of it is missing. */
  PROVIDERS(101, "java-providers"),
  /** The entropy source cannot be opened, or one of its health tests failed. */
  ENTROPY(102, "java-entropy"),
  /** SecureRandom.getInstanceStrong(), from which the module seeds itself, is not ENTROPY of KIF. */
  STRONG(103, "java-strong"),
  /** The module's self-tests did not pass. */
  MODULE(104, "java-module"),
  /** The module does services that are not approved. */
  APPROVED(105, "java-approved"),
  /** No byte of the module's seeds came from the entropy source. */
  SEED_ORIGIN(106, "java-seed-origin"),
  /** The module's native code is on. */
  NATIVE(107, "java-native"),
  /** What must be refused is not. */
  REFUSAL(108, "java-refusal"),
  /** TLS is not Bouncy Castle's in FIPS mode. */
  TLS(109, "java-tls");

  final int exitCode;
  final String id;

  Failure(int exitCode, String id) {
    this.exitCode = exitCode;
    this.id = id;
  }
}
