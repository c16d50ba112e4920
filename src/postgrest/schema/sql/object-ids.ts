/** The first object identifier that is not built in (`FirstNormalObjectId`). */
export const FIRST_OF_OTHERS = 16384;
