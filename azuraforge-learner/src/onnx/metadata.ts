/** The model as `Module.describe()` gives it, in a file that this package wrote. */
export const ARCHITECTURE_KEY = 'azuraforge.architecture';
/** What belongs to the model's state and no node uses, such as the count of batches of a BatchNorm. */
export const UNUSED_STATE_KEY = 'azuraforge.unused_state';
