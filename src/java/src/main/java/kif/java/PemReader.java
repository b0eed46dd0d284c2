// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Date;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a CA bundle as a store of trusted certificates. A file with a private key is somebody's own, and no list of whom to trust. */
final class PemReader {
  private static final Pattern CERTIFICATE = Pattern.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----");
  private static final Date NO_DATE = new Date(0);

  private PemReader() {}

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String PRIVATE = "PRIVATE KEY-----";

  /** The entries are called ca-1, ca-2 and so on. */
  static MemoryStore read(byte[] bytes) throws IOException, GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509", Pbes2.MODULE);
    MemoryStore store = new MemoryStore(StoreFormat.PEM);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (text.contains(PRIVATE)) {
      throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is PEM with a private key, and no list of trusted certificates");
    }
    int begun = text.split(BEGIN, -1).length - 1;
    Matcher found = CERTIFICATE.matcher(text);
    int number = 1;
    for (; found.find(); ++number) {
      Certificate certificate;
      try {
        byte[] der = Base64.getMimeDecoder().decode(found.group(1));
        certificate = factory.generateCertificate(new ByteArrayInputStream(der));
      } catch (IllegalArgumentException | GeneralSecurityException exception) {
        throw new IOException(
            "cannot load " + StoreFormat.nameOf(bytes) + ": certificate " + number + " is damaged: " + exception.getMessage(), exception);
      }
      if (certificate == null) {
        throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": certificate " + number + " is empty");
      }
      store.addCertificate("ca-" + number, certificate, NO_DATE);
    }
    if (store.engineSize() == 0 || number - 1 != begun) {
      throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is PEM in which a certificate has no end");
    }
    return store;
  }
}
