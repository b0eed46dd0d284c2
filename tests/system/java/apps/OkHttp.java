// SPDX-License-Identifier: Apache-2.0
// OkHttp, and the JDK's own clients and server, with TLS.
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.security.KeyStore;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

final class OkHttp {
  private OkHttp() {}

  private static HttpsServer server() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream file = new FileInputStream(Ground.FILES + "server.p12")) {
      store.load(file, Ground.PASSWORD.toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(store, Ground.PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.start();
    return server;
  }

  public static void main(String[] arguments) throws Exception {
    HttpsServer server = server();
    int port = server.getAddress().getPort();
    Ground.show("okhttp", () -> {
      OkHttpClient client = new OkHttpClient.Builder().sslSocketFactory(Ground.client().getSocketFactory(), Ground.trust()).build();
      try (Response answer = client.newCall(new Request.Builder().url("https://localhost:" + port + "/").build()).execute()) {
        return answer.code() + " " + answer.handshake().tlsVersion().javaName();
      } finally {
        client.dispatcher().executorService().shutdown();
      }
    });
    Ground.show("httpclient", () -> Ground.get(port));
    Ground.show("url", () -> {
      HttpsURLConnection connection = (HttpsURLConnection) new URL("https://localhost:" + port + "/").openConnection();
      connection.setSSLSocketFactory(Ground.client().getSocketFactory());
      return String.valueOf(connection.getResponseCode());
    });
    Ground.show("not-trusted", () -> new URL("https://localhost:" + port + "/").openConnection().getInputStream().toString());
    server.stop(0);
  }
}
