/** A run that cannot be carried out as asked. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
