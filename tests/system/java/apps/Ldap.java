// SPDX-License-Identifier: Apache-2.0
// The JDK's LDAP provider (JNDI) over TLS, against UnboundID's server in this process.
import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.util.ssl.KeyStoreKeyManager;
import com.unboundid.util.ssl.SSLUtil;
import java.net.InetAddress;
import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;

final class Ldap {
  private Ldap() {}

  public static void main(String[] arguments) throws Exception {
    System.setProperty("javax.net.ssl.trustStore", Ground.FILES + "ca.jks"); // with no type, as people write it
    System.setProperty("javax.net.ssl.trustStorePassword", Ground.PASSWORD);
    InMemoryDirectoryServerConfig configuration = new InMemoryDirectoryServerConfig("dc=example,dc=com");
    configuration.addAdditionalBindCredentials("cn=admin", "a password");
    SSLUtil tls = new SSLUtil(new KeyStoreKeyManager(Ground.FILES + "server.p12", Ground.PASSWORD.toCharArray(), "PKCS12", null), null);
    configuration.setListenerConfigs(InMemoryListenerConfig.createLDAPSConfig("tls", InetAddress.getByName("127.0.0.1"), 0, tls.createSSLServerSocketFactory(), null));
    InMemoryDirectoryServer server = new InMemoryDirectoryServer(configuration);
    server.add("dn: dc=example,dc=com", "objectClass: domain", "dc: example", "description: found");
    server.startListening();
    Ground.show("ldaps", () -> {
      Hashtable<String, String> environment = new Hashtable<>();
      environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
      environment.put(Context.PROVIDER_URL, "ldaps://localhost:" + server.getListenPort());
      environment.put(Context.SECURITY_PRINCIPAL, "cn=admin");
      environment.put(Context.SECURITY_CREDENTIALS, "a password");
      InitialDirContext context = new InitialDirContext(environment);
      try {
        return context.getAttributes("dc=example,dc=com").get("description").get().toString();
      } finally {
        context.close();
      }
    });
    server.shutDown(true);
  }
}
