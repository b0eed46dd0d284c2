// SPDX-License-Identifier: Apache-2.0
// gRPC over Netty with PEM files: one call, whose messages are strings.
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

final class Grpc {
  private static final MethodDescriptor.Marshaller<String> STRINGS = new MethodDescriptor.Marshaller<>() {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException exception) {
        throw new UncheckedIOException(exception);
      }
    }
  };
  private static final MethodDescriptor<String, String> GREET = MethodDescriptor.<String, String>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
      .setFullMethodName("Greeter/Greet").setRequestMarshaller(STRINGS).setResponseMarshaller(STRINGS).build();

  private Grpc() {}

  private static String call() throws Exception {
    SslContextBuilder own = SslContextBuilder.forServer(new File(Ground.FILES + "server.crt"), new File(Ground.FILES + "server.key"));
    Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).sslContext(GrpcSslContexts.configure(own, SslProvider.JDK).build())
        .addService(ServerServiceDefinition.builder("Greeter").addMethod(GREET, ServerCalls.asyncUnaryCall((name, observer) -> {
          observer.onNext("hello " + name);
          observer.onCompleted();
        })).build()).build().start();
    SslContextBuilder trusting = SslContextBuilder.forClient().trustManager(new File(Ground.FILES + "server.crt"));
    ManagedChannel channel = NettyChannelBuilder.forAddress("localhost", server.getPort())
        .sslContext(GrpcSslContexts.configure(trusting, SslProvider.JDK).build()).build();
    try {
      return ClientCalls.blockingUnaryCall(channel, GREET, CallOptions.DEFAULT, "kif");
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  public static void main(String[] arguments) {
    Ground.show("grpc", Grpc::call);
  }
}
