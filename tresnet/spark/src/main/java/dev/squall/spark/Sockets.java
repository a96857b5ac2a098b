package dev.squall.spark;

import dev.squall.train.parallel.CommunicationException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A port of this process, and the connections from and to it. */
final class Sockets implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int PATIENCE_MILLIS = 30_000;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("tresnet-sockets", true), NioIoHandler.newFactory());
    private final Channel server;

    /**
     * Opens a port that is free.
     *
     * @param host the own address by which others reach this machine
     * @param accepted told of each connection that another process has opened
     */
    Sockets(String host, Consumer<Connection> accepted) {
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(initializer("a worker", accepted))
                .bind(host, 0)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            group.shutdownGracefully();
            throw new CommunicationException("no port can be opened on " + host, bound.cause());
        }
        server = bound.channel();
    }

    private static ChannelInitializer<SocketChannel> initializer(String other, Consumer<Connection> opened) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                Connection connection = new Connection(channel, other);
                // A stranger may send anything: what is longer than we ever send ends the connection.
                channel.pipeline()
                        .addLast(new LengthFieldBasedFrameDecoder(
                                2 * Connection.PIECE, 0, Integer.BYTES, 0, Integer.BYTES))
                        .addLast(new Reader(connection));
                opened.accept(connection);
            }
        };
    }

    /** The port. */
    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /**
     * Opens a connection to another process.
     *
     * @param other who is there, for messages
     * @throws CommunicationException if nobody answers
     */
    Connection connect(String host, int port, String other) {
        Connection[] opened = new Connection[1];
        ChannelFuture connected = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, PATIENCE_MILLIS)
                .handler(initializer(other, connection -> opened[0] = connection))
                .connect(host, port)
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            throw new CommunicationException(
                    other + " at " + host + ":" + port + " does not answer", connected.cause());
        }
        return opened[0];
    }

    /** Ends all connections. */
    @Override
    public void close() {
        server.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Puts what comes into the connection. */
    private static final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
        private final Connection connection;

        Reader(Connection connection) {
            this.connection = connection;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
            byte kind = frame.readByte();
            byte[] payload = new byte[frame.readableBytes()];
            frame.readBytes(payload);
            connection.arrived(kind, payload);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            connection.lost();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            connection.lost();
            context.close();
        }
    }
}
