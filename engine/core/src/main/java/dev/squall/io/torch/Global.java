package dev.squall.io.torch;

/**
 * The name of a class or function that a pickle mentions. It is only a name: nothing is looked up and nothing is called.
 *
 * @param module such as {@code torch._utils}
 * @param name such as {@code _rebuild_tensor_v2}
 */
record Global(String module, String name) {
    /** Module and name with a dot between. */
    String full() {
        return module + "." + name;
    }
}
