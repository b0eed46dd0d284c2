// SPDX-License-Identifier: Apache-2.0
// What the applications of this folder share: files with keys and certificates, HTTPS clients that trust them, and a line for each case.
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

final class Ground {
  static final String FILES = "/stores/";
  static final String PASSWORD = "changeit";
  static final String BOUNCY_CASTLE_STORE = "/tmp/server.bcfks"; // made by keytool, of server.p12

  private Ground() {}

  interface Case {
    String run() throws Exception;
  }

  /** "NAME ok DETAIL", or "NAME failed: CLASS: MESSAGE" of the first cause that says what it is. */
  static void show(String name, Case body) {
    try {
      System.out.println(name + " ok " + body.run());
    } catch (Throwable thrown) { // an Error too: the module throws such
      Throwable cause = thrown;
      while (cause.getCause() != null && cause.getCause() != cause) {
        cause = cause.getCause();
      }
      System.out.println(name + " failed: " + cause.getClass().getSimpleName() + ": " + String.valueOf(cause.getMessage()).replace('\n', ' '));
      if (System.getenv("TRACES") != null) {
        thrown.printStackTrace();
      }
    }
  }

  static boolean isHardened() {
    return java.security.Security.getProvider("KIF") != null;
  }

  static X509TrustManager trust() throws Exception {
    KeyStore store = KeyStore.getInstance("JKS");
    try (InputStream file = new FileInputStream(FILES + "ca.jks")) {
      store.load(file, PASSWORD.toCharArray());
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager) {
        return (X509TrustManager) manager;
      }
    }
    throw new IllegalStateException("no trust manager");
  }

  static SSLContext client() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {trust()}, null);
    return context;
  }

  /** What the JDK's HttpClient gets from https://localhost:PORT/: its version, the code, the TLS version. */
  static String get(int port, HttpClient.Version version) throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(client()).version(version).build();
    HttpResponse<String> answer =
        client.send(HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/")).build(), HttpResponse.BodyHandlers.ofString());
    return answer.version() + " " + answer.statusCode() + " " + answer.sslSession().get().getProtocol();
  }

  static String get(int port) throws Exception {
    return get(port, HttpClient.Version.HTTP_1_1);
  }
}
