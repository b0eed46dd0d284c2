// SPDX-License-Identifier: Apache-2.0
// Eclipse Jetty with HTTPS by a PKCS #12 file: HTTP/1.1, and HTTP/2 by ALPN. It has no handler: the answer is 404.
import java.net.http.HttpClient;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

final class Jetty {
  private Jetty() {}

  private static String serve(HttpClient.Version version) throws Exception {
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setKeyStorePath(Ground.FILES + "server.p12");
    tls.setKeyStorePassword(Ground.PASSWORD);
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.addCustomizer(new SecureRequestCustomizer());
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    ConnectionFactory[] factories = {new SslConnectionFactory(tls, http.getProtocol()), http};
    if (version == HttpClient.Version.HTTP_2) {
      ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
      alpn.setDefaultProtocol(http.getProtocol());
      factories = new ConnectionFactory[] {new SslConnectionFactory(tls, alpn.getProtocol()), alpn, new HTTP2ServerConnectionFactory(configuration), http};
    }
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, factories);
    server.addConnector(connector);
    try {
      server.start();
      return Ground.get(connector.getLocalPort(), version);
    } finally {
      server.stop();
    }
  }

  public static void main(String[] arguments) {
    Ground.show("jetty", () -> serve(HttpClient.Version.HTTP_1_1));
    Ground.show("jetty-http2", () -> serve(HttpClient.Version.HTTP_2));
  }
}
