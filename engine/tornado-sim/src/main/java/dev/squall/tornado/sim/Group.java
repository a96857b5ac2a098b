package dev.squall.tornado.sim;

/** What a work-item asks of its group. */
interface Group {
    /** Returns when every work-item of the group has come to this barrier and it is the turn of number {@code number}. */
    void barrier(int number);

    LocalMemory localMemory();

    /** Lets what follows count as done by work-item {@code number}. */
    void actAs(int number);

    /** The warp that work-item {@code number} belongs to. */
    Warp warp(int number);
}
