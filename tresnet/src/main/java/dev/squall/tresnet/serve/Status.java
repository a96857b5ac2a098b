package dev.squall.tresnet.serve;

import java.util.Map;

/**
 * The statuses that the service gives, and why.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-15">their meaning</a>
 */
final class Status {
    /** The request cannot be understood: it holds no picture, or is no JSON, no base64, no multipart form. */
    static final int BAD_REQUEST = 400;

    /** The body has not arrived in time. */
    static final int TOO_SLOW = 408;

    /** The body has too many bytes, or too many pictures. */
    static final int TOO_LARGE = 413;

    /** The body's type, its encoding or what is in it is of no kind that is taken. */
    static final int UNSUPPORTED_TYPE = 415;

    /** A picture is damaged, or has too many pixels. */
    static final int UNUSABLE = 422;

    /** As many pictures are waiting as may. */
    static final int TOO_MANY_REQUESTS = 429;

    /** A fault of the program. */
    static final int FAULT = 500;

    /** The server is ending, has no memory for the request, or has not come to it in time. */
    static final int UNAVAILABLE = 503;

    private static final Map<Integer, String> TITLES = Map.of(
            BAD_REQUEST,
            "Bad Request",
            404,
            "Not Found",
            405,
            "Method Not Allowed",
            TOO_SLOW,
            "Request Timeout",
            TOO_LARGE,
            "Content Too Large",
            UNSUPPORTED_TYPE,
            "Unsupported Media Type",
            UNUSABLE,
            "Unprocessable Content",
            TOO_MANY_REQUESTS,
            "Too Many Requests",
            FAULT,
            "Internal Server Error",
            UNAVAILABLE,
            "Service Unavailable");

    private Status() {}

    /** What HTTP calls it. */
    static String title(int status) {
        return TITLES.getOrDefault(status, "Error");
    }
}
