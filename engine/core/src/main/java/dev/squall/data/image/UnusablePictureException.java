package dev.squall.data.image;

import java.io.IOException;

/** A picture cannot be used; the message goes on after the file's name. */
final class UnusablePictureException extends IOException {
    private static final long serialVersionUID = 1;

    UnusablePictureException(String message) {
        super(message);
    }

    static UnusablePictureException damaged(String how) {
        return new UnusablePictureException("is a damaged image: " + how);
    }

    static UnusablePictureException truncated() {
        return damaged("it is truncated");
    }
}
