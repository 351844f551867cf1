import { Model, type User } from 'azuraforge-dbmodels';
import type { SelectQueryBuilder } from 'typeorm';
import { visibleTo } from '../../auth/policy.ts';
import { ApiError } from '../../error.ts';
import { isUuid } from '../../http/id.ts';
import type { Services } from '../../services.ts';

/** The models that a user may see. */
export function visibleModels({ database }: Services, user: User): SelectQueryBuilder<Model> {
  const query = database.getRepository(Model).createQueryBuilder('row');
  const { ownerId } = visibleTo(user);
  return ownerId ? query.where('row.ownerId = :ownerId', { ownerId }) : query;
}

/** Throws MODEL_NOT_FOUND for one that is not there and for somebody else's. */
export async function findModel(services: Services, user: User, id: string): Promise<Model> {
  const model = isUuid(id)
    ? await visibleModels(services, user).andWhere('row.id = :id', { id }).getOne()
    : null;
  if (model) return model;
  throw new ApiError('MODEL_NOT_FOUND', 'There is no model with this id; open it from the list of models.');
}
