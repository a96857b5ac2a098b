package dev.squall.tresnet.serve;

import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Knows which connections have a request under way. One on which none has begun for a while is closed, even if bytes still drip in: whoever sends
 * a header for ever would otherwise keep it for ever, and so much as a server may have open.
 */
final class Connections extends Handler.Wrapper implements Connection.Listener {
    private final long idleNanos;
    private final Map<Connection, State> open = new ConcurrentHashMap<>();

    /** Of one connection, guarded by itself. */
    private static final class State {
        private int underWay;
        private long since = System.nanoTime();

        synchronized void count(int change) {
            underWay += change;
            since = System.nanoTime();
        }

        synchronized int underWay() {
            return underWay;
        }

        synchronized boolean isIdleFor(long nanos) {
            return underWay == 0 && System.nanoTime() - since > nanos;
        }
    }

    Connections(Duration idle) {
        idleNanos = idle.toNanos();
    }

    @Override
    public void onOpened(Connection connection) {
        open.putIfAbsent(connection, new State());
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        State state = open.computeIfAbsent(request.getConnectionMetaData().getConnection(), connection -> new State());
        state.count(1);
        Request.addCompletionListener(request, failure -> state.count(-1));
        return super.handle(request, response, callback);
    }

    /** Requests that have begun and are not answered yet. */
    int requests() {
        return open.values().stream().mapToInt(State::underWay).sum();
    }

    /** How many there are. */
    int count() {
        return open.size();
    }

    /** Closes those on which nothing has been asked for too long. */
    void closeIdle() {
        for (Iterator<Map.Entry<Connection, State>> all = open.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Connection, State> entry = all.next();
            if (entry.getValue().isIdleFor(idleNanos)) {
                all.remove();
                entry.getKey().getEndPoint().close();
            }
        }
    }
}
