// SPDX-License-Identifier: Apache-2.0
// Netty with the JDK's TLS engine: PEM files, ALPN, one line there and back.
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

final class Netty {
  private static final ApplicationProtocolConfig ALPN = new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
      ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE, ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
      ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);

  private Netty() {}

  private interface Receiver {
    void got(ChannelHandlerContext context, io.netty.buffer.ByteBuf message) throws Exception;
  }

  private static ChannelInitializer<SocketChannel> pipeline(SslContext context, Receiver receiver) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(SocketChannel channel) {
        channel.pipeline().addLast("tls", context.newHandler(channel.alloc(), "localhost", 0));
        channel.pipeline().addLast(new SimpleChannelInboundHandler<io.netty.buffer.ByteBuf>() {
          @Override
          protected void channelRead0(ChannelHandlerContext handler, io.netty.buffer.ByteBuf message) throws Exception {
            receiver.got(handler, message);
          }
        });
      }
    };
  }

  private static String talk() throws Exception {
    SslContext server = SslContextBuilder.forServer(new File(Ground.FILES + "server.crt"), new File(Ground.FILES + "server.key"))
        .sslProvider(SslProvider.JDK).applicationProtocolConfig(ALPN).build();
    SslContext client = SslContextBuilder.forClient().trustManager(new File(Ground.FILES + "server.crt")).sslProvider(SslProvider.JDK)
        .applicationProtocolConfig(ALPN).build();
    EventLoopGroup group = new NioEventLoopGroup(2);
    try {
      Channel listener = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
          .childHandler(pipeline(server, (context, message) -> context.writeAndFlush(message.retain()))).bind("127.0.0.1", 0).sync().channel();
      CompletableFuture<String> answer = new CompletableFuture<>();
      Channel connection = new Bootstrap().group(group).channel(NioSocketChannel.class).handler(pipeline(client, (context, message) -> {
        SslHandler tls = (SslHandler) context.pipeline().get("tls");
        answer.complete(tls.applicationProtocol() + " " + tls.engine().getSession().getProtocol());
      })).connect(new InetSocketAddress("127.0.0.1", ((InetSocketAddress) listener.localAddress()).getPort())).sync().channel();
      connection.writeAndFlush(Unpooled.copiedBuffer(new byte[] {1}));
      connection.closeFuture().addListener(closed -> answer.completeExceptionally(new IllegalStateException("the connection was closed")));
      return answer.get(30, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  public static void main(String[] arguments) {
    Ground.show("netty-alpn", Netty::talk);
  }
}
