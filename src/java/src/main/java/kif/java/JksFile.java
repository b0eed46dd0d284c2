// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Date;
import java.util.Map;

/**
 * Reads and writes JKS files that hold trusted certificates alone, as cacerts is one. Those are public, and nothing in such a file is
 * encrypted. A private key is protected by a cipher that Sun made out of SHA-1: a file with one is refused, with the command that converts
 * it.
 *
 * <p>A file ends in SHA-1 of the password, a text and all that is before. Nobody who wants to change a file is stopped by that; it is
 * compared since the JDK does, so that a wrong password or a damaged file is told.
 */
final class JksFile {
  private static final int MAGIC = 0xfeedfeed;
  private static final int KEY = 1;
  private static final int CERTIFICATE = 2;
  private static final int DIGEST_BYTES = 20;
  private static final int MAX_ENTRIES = 100_000;

  private JksFile() {}

  /** {@code password} may be null: then the digest is not compared. */
  static MemoryStore read(byte[] bytes, char[] password) throws IOException, GeneralSecurityException {
    if (bytes.length < DIGEST_BYTES) {
      throw damaged(bytes, "it is too short");
    }
    int end = bytes.length - DIGEST_BYTES;
    if (password != null && !MessageDigest.isEqual(digest(bytes, end, password), Arrays.copyOfRange(bytes, end, bytes.length))) {
      throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": the password is another one, or the file is damaged",
          new UnrecoverableKeyException("the password is another one"));
    }
    try (DataInputStream file = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      return read(file, bytes);
    } catch (EOFException exception) {
      throw damaged(bytes, "it ends too early");
    }
  }

  private static MemoryStore read(DataInputStream file, byte[] bytes) throws IOException, GeneralSecurityException {
    int magic = file.readInt();
    int version = file.readInt();
    int count = file.readInt();
    if (magic != MAGIC || (version != 1 && version != 2) || count < 0 || count > MAX_ENTRIES) {
      throw damaged(bytes, "its head is not one of JKS");
    }
    CertificateFactory factory = CertificateFactory.getInstance("X.509", Pbes2.MODULE);
    MemoryStore store = new MemoryStore(StoreFormat.JKS);
    for (int i = 0; i < count; ++i) {
      int tag = file.readInt();
      String alias = file.readUTF();
      Date made = new Date(file.readLong());
      if (tag == KEY) {
        throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is a JKS file with a private key (" + alias
            + "), whose protection is not approved; " + Pkcs12Reader.HOW_TO_CONVERT);
      }
      if (tag != CERTIFICATE) {
        throw damaged(bytes, "an entry is neither a key nor a certificate");
      }
      if (version == 2) {
        file.readUTF(); // its type: X.509
      }
      int size = file.readInt();
      if (size < 0 || size > file.available()) {
        throw new EOFException();
      }
      store.addCertificate(alias, factory.generateCertificate(new ByteArrayInputStream(file.readNBytes(size))), made);
    }
    return store;
  }

  /** {@code password}: for the digest. */
  static void write(Map<String, Certificate> certificates, Map<String, Date> made, OutputStream stream, char[] password)
      throws IOException, GeneralSecurityException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream file = new DataOutputStream(bytes);
    file.writeInt(MAGIC);
    file.writeInt(2);
    file.writeInt(certificates.size());
    for (Map.Entry<String, Certificate> named : certificates.entrySet()) {
      byte[] der = named.getValue().getEncoded();
      file.writeInt(CERTIFICATE);
      file.writeUTF(named.getKey());
      file.writeLong(made.get(named.getKey()).getTime());
      file.writeUTF(named.getValue().getType());
      file.writeInt(der.length);
      file.write(der);
    }
    byte[] content = bytes.toByteArray();
    stream.write(content);
    stream.write(digest(content, content.length, password));
    stream.flush();
  }

  private static byte[] digest(byte[] bytes, int end, char[] password) throws GeneralSecurityException {
    MessageDigest sha1 = MessageDigest.getInstance("SHA-1", Pbes2.MODULE);
    for (char letter : password) {
      sha1.update((byte) (letter >> 8));
      sha1.update((byte) letter);
    }
    sha1.update("Mighty Aphrodite".getBytes(StandardCharsets.UTF_8));
    sha1.update(bytes, 0, end);
    return sha1.digest();
  }

  private static IOException damaged(byte[] bytes, String why) {
    return new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is a damaged JKS file: " + why);
  }
}
