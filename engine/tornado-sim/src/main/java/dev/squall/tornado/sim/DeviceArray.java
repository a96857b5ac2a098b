package dev.squall.tornado.sim;

/** The device's side of a host array. Kernels get these objects, never the host's. */
interface DeviceArray {

    void copyFrom(Object host);

    void copyTo(Object host);

    /** Starts the look-out for races afresh. */
    void forgetAccesses();
}
