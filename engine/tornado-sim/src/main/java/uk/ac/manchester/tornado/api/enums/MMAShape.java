package uk.ac.manchester.tornado.api.enums;

/** Rows, columns and depth of the products that one instruction of a tensor core computes. */
public enum MMAShape {
    M16N8K16,
    M16N8K32
}
